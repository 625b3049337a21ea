from .base import Engine, Utterance, Voice
from .catalog import VoiceInfo, list_voices, load_voice

__all__ = ["Engine", "Utterance", "Voice", "VoiceInfo", "list_voices", "load_voice"]
