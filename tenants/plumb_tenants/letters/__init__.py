"""Responsibility letters (目标责任书): issue, sign, seal, verify."""
