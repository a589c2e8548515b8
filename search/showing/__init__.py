"""Answers for people and machines: texts, JSON, tables, contact sheets."""
