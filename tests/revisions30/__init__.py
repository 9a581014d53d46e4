"""Thirty revisions, one for each kind of statement that a plan has to know; they only go up."""
