"""Tools for policy authors: scenarios, checks, explanations, comparisons. They read texts and print nothing."""
