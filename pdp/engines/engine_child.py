"""The embedded engine's own process: frames in on stdin, frames out on stdout.

Started by `pdp.engines.process` with `-I` and by its path, so it imports the standard
library and regorus, and nothing of this project. A frame is a length (4 bytes, big
endian) and JSON. It ends when its stdin does, so a killed parent leaves nothing
running; and if the parent dies while a rule runs on and on, its own timer ends it.

What the engine says about an error is cut to a place and one line: the full text
holds policy source and a stack trace.
"""

import ctypes
import hashlib
import json
import os
import re
import resource
import signal
import sys
from typing import Any

import regorus

HEADER = 4
PR_SET_DUMPABLE = 4  # prctl(2), as in kit.secret, which cannot be imported here
# The engine's allocator claims 1 GiB of it when it is imported.
MEMORY = 2 << 30
UNDEFINED = "<undefined>"
MESSAGE_LIMIT = 200

_PLACE = re.compile(r"^--> (?P<file>.+):(?P<line>\d+):(?P<column>\d+)$", re.MULTILINE)
_MESSAGE = re.compile(r"^error: (?P<message>.+)$", re.MULTILINE)

Message = dict[str, Any]


class Child:
    """One engine with one bundle, and the few things that may be asked of it."""

    def __init__(self) -> None:
        self._engine: Any = None
        self._revision = ""

    def answer(self, message: Message) -> Message:
        """Carry out one operation; an error of any kind becomes a reply."""
        operation = getattr(self, "do_" + str(message.get("op")), None)
        if operation is None:
            return {"error": "operation"}
        try:
            reply: Message = operation(message)
        # The engine raises a BaseException when its own code panics.
        except BaseException as error:  # noqa: BLE001 - the parent must get a reply
            return {"error": "engine", **_cut(str(error))}
        return reply

    def do_load(self, message: Message) -> Message:
        """Load a bundle's files, and make the engine compile them all."""
        files: dict[str, str] = message["files"]
        engine = regorus.Engine()
        engine.set_enable_coverage(bool(message["coverage"]))
        for path in sorted(files):
            self._add(engine, path, files[path], tests=bool(message["tests"]))
        self._engine, self._revision = engine, _digest(files)
        if "gate/gate.rego" in files:
            # The engine compiles at the first question: asked here, a fault is the
            # bundle's and not that of whoever asks first.
            self._evaluate("data.allod.gate.decisions", {"common": {}, "items": []})
        return {"revision": self._revision}

    def do_decide(self, message: Message) -> Message:
        """Evaluate one batch."""
        question = {"common": message["common"], "items": message["items"]}
        value = self._evaluate("data.allod.gate.decisions", question)
        return {"revision": self._revision, "results": value}

    def do_revision(self, _: Message) -> Message:
        """Tell which bundle is loaded."""
        return {"revision": self._revision}

    def do_evaluate(self, message: Message) -> Message:
        """Evaluate any rule, for the workbench."""
        return {"value": self._evaluate(message["rule"], message["input"])}

    def do_coverage(self, message: Message) -> Message:
        """Tell which lines ran since the coverage was cleared, and which did not."""
        report = json.loads(self._engine.get_coverage_report_as_json())
        if message["clear"]:
            self._engine.clear_coverage_data()
        lines = {
            file["path"]: [file["covered"], file["not_covered"]]
            for file in report["files"]
        }
        return {"lines": lines}

    def do_parse(self, message: Message) -> Message:
        """Give the syntax tree of one file."""
        engine = regorus.Engine()
        engine.add_policy(message["path"], message["text"])
        return {"tree": json.loads(engine.get_ast_as_json())[0]["ast"]}

    def _add(self, engine: Any, path: str, text: str, *, tests: bool) -> None:  # noqa: ANN401
        folder, _, name = path.rpartition("/")
        if name == "data.json":
            engine.add_data_json(json.dumps({folder: json.loads(text)}))
        elif name.endswith(".rego") and (tests or folder != "tests"):
            engine.add_policy(path, text)

    def _evaluate(self, rule: str, question: object) -> object:
        self._engine.set_input_json(json.dumps(question))
        value = json.loads(self._engine.eval_rule_as_json(rule))
        return None if value == UNDEFINED else value


def _digest(files: dict[str, str]) -> str:
    """Hash what was really loaded; the formula of pdp.bundle.bundle, on purpose."""
    total = hashlib.sha256()
    for path in sorted(files):
        line = f"{hashlib.sha256(files[path].encode()).hexdigest()}  {path}\n"
        total.update(line.encode())
    return total.hexdigest()


def _cut(text: str) -> Message:
    place, message = _PLACE.search(text), _MESSAGE.search(text)
    line = message["message"] if message else text.strip().partition("\n")[0]
    return {
        "file": place["file"] if place else "",
        "line": int(place["line"]) if place else 0,
        "column": int(place["column"]) if place else 0,
        "message": line[:MESSAGE_LIMIT],
    }


def _read(length: int) -> bytes:
    data = b""
    while len(data) < length:
        part = os.read(0, length - len(data))
        if not part:
            # The parent closed its end, or died: there is nobody to answer.
            sys.exit(0)
        data += part
    return data


def _write(data: bytes) -> None:
    while data:
        data = data[os.write(1, data) :]


def main() -> None:
    """Answer frames until stdin ends."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    # After the import, which takes its share: a rule that grows without end fails here.
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    child = Child()
    while True:
        message = json.loads(_read(int.from_bytes(_read(HEADER))))
        # Twice the parent's patience: it kills at once, this is for where it cannot any
        # more. The default action of SIGALRM ends the process whatever runs, compiled
        # code too.
        signal.setitimer(signal.ITIMER_REAL, 2 * message["deadline"])
        reply = json.dumps(child.answer(message)).encode()
        signal.setitimer(signal.ITIMER_REAL, 0)
        _write(len(reply).to_bytes(HEADER) + reply)


if __name__ == "__main__":
    main()
