"""Renders chat templates by Python's Jinja, set up as Transformers' apply_chat_template sets it up.

usage: reference_templates.py TEMPLATES CASES

TEMPLATES: a folder of *.jinja files. CASES: JSON, a list of objects with the variables of a rendering.
Prints one JSON line for each template and case: its name, the index, and the text or the error.
Wants jinja2 (Debian: python3-jinja2) and nothing of Transformers.
"""

import datetime
import json
import pathlib
import sys

import jinja2
import jinja2.ext
import jinja2.nodes
import jinja2.sandbox

NOW = datetime.datetime(2024, 7, 6, 9, 5, 3)


class Refused(Exception):
    pass


class Generation(jinja2.ext.Extension):
    """The tag that marks what the model wrote: as text it is what stands inside."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        call = self.call_method("_inside", [])
        return jinja2.nodes.CallBlock(call, [], [], body).set_lineno(line)

    def _inside(self, caller):
        return caller()


def refuse(message):
    raise Refused(message)


def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(
        value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )


def main(folder, cases):
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols]
    )
    environment.filters["tojson"] = tojson
    environment.globals["raise_exception"] = refuse
    environment.globals["strftime_now"] = NOW.strftime
    variables = json.loads(pathlib.Path(cases).read_text())
    for path in sorted(pathlib.Path(folder).glob("*.jinja")):
        for index, case in enumerate(variables):
            row = {"template": path.name, "case": index}
            try:
                row["text"] = environment.from_string(path.read_text()).render(**case)
            except Exception as error:
                row["error"] = f"{type(error).__name__}: {error}"
            print(json.dumps(row, ensure_ascii=False))


if __name__ == "__main__":
    main(*sys.argv[1:])
