"""Answers in the shapes that people and programs are given; decides nothing and reads nothing."""
