"""LLMVoX as tensors: no threads, no files, no streams. Needs torch, which only neural voices load."""
