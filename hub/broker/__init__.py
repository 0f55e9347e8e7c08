"""The broker: messages by topic and partition, behind one port with one adapter per engine."""
