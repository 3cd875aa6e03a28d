"""Collapsible panels of a tab, one open at a time, each with an instruction and a question.

A tab's template extends panels.html, a panel's panel.html. panels.js runs a panel's script when it
is first opened. Questions and their answers are hidden until the teacher's checkbox above the
panels is checked.
"""
