from .voice import EspeakEngine, EspeakUtterance, EspeakVoice

__all__ = ["EspeakEngine", "EspeakUtterance", "EspeakVoice"]
