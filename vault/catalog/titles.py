"""What a collection or a field is called, in languages: for people, never for rules.

A plain text is the English one. In several languages a title is a mapping from language
tags to texts, English among them, since every other language falls back to it.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import yaml

from kit.languages import FALLBACK, TAG, best
from vault.catalog.yaml_nodes import Block, Source

MAX_TITLE: Final = 200

Titles = Mapping[str, str]
"""By language tag; empty where nothing is called."""


def read_titles(source: Source, block: Block, key: str) -> dict[str, str]:
    """Read a title: a text, or one for each language."""
    node = block.node(key)
    if node is None:
        return {}
    if not isinstance(node, yaml.MappingNode):
        return _read(source, node, block.path(key), FALLBACK)
    found: dict[str, str] = {}
    for tag, name, text in block.pairs(key):
        if not TAG.fullmatch(tag):
            source.fault(name, block.path(key), "name a language by its tag, as en")
        found |= _read(source, text, block.path(f"{key}.{tag}"), tag)
    if FALLBACK not in found:
        block.fault(key, "give the title in English, too: others fall back to it")
    return found


def _read(source: Source, node: yaml.Node, path: str, tag: str) -> dict[str, str]:
    text = source.text(node, path)
    if text is not None and len(text) > MAX_TITLE:
        source.fault(node, path, f"a title has at most {MAX_TITLE} characters")
    return {} if text is None else {tag: text}


def called(titles: Titles, wanted: Sequence[str], name: str) -> str:
    """Choose a title by the languages that are wanted; without any, the plain name."""
    return titles.get(best(wanted, titles), name)


def said(titles: Titles) -> dict[str, dict[str, str]]:
    """Write titles into a document, if they say more than one in English."""
    return {"titles": dict(titles)} if titles.keys() - {FALLBACK} else {}
