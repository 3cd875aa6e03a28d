"""Evaluation of trained models on the test set."""
