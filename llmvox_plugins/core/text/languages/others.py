"""Languages of which only the abbreviations are known, so that no sentence ends behind them."""

from __future__ import annotations

from .base import Language

__all__ = ["OTHERS"]


def _unsaid(names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), "")


class Italian(Language):
    abbreviations = _unsaid("dott sig prof avv ing pag vol cfr ca")
    endings = _unsaid("ecc")


class Portuguese(Language):
    abbreviations = _unsaid("dr dra sr sra prof pág vol av aprox exmo")
    endings = _unsaid("etc")


class Dutch(Language):
    abbreviations = _unsaid("dr dhr mevr mr prof ir ing nr blz ca bijv evt incl excl")
    endings = _unsaid("enz etc")


OTHERS: dict[str, type[Language]] = {"it": Italian, "nl": Dutch, "pt": Portuguese}
"""By their codes."""
