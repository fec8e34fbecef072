"""Reads the part of YAML that the sample's files are written in; every scalar stays text.

Block and flow mappings and sequences (the flow ones also over several lines), plain and quoted
scalars of one line, comments. No anchors, tags, block scalars or several documents: those raise. It
is apart from costd's own loader on purpose, so that the recomputation stands on its own reading.
"""

import json
import re


class YamlError(ValueError):
    pass


def parse(text):
    lines = _logical_lines(text)
    if not lines:
        return None
    value, next_line = _block(lines, 0, lines[0][0])
    if next_line != len(lines):
        raise YamlError(f"line {lines[next_line][2]}: does not fit the indentation above it")
    return value


def load(path):
    with open(path, encoding="utf-8") as file:
        return parse(file.read())


def _logical_lines(text):
    """[[indent, text, line number]]: comments gone, a wrapped flow value on one line."""
    lines = []
    depth = 0
    for number, raw in enumerate(text.splitlines(), start=1):
        code, change = _without_comment(raw, depth)
        if not code.strip():
            continue
        if depth:
            lines[-1][1] += " " + code.strip()
        else:
            lines.append([len(code) - len(code.lstrip(" ")), code.strip(), number])
        depth += change
    if depth:
        raise YamlError(f"line {lines[-1][2]}: a bracket is not closed")
    return lines


def _without_comment(line, depth):
    """The line up to its comment, and by how much it opens (or closes) flow brackets."""
    quote = ""
    change = 0
    before = " "        # the character before: a comment needs a space
    before_token = ":"  # the last one that is no space: may a quote or bracket start a value here?
    position = 0
    while position < len(line):
        char = line[position]
        if quote:
            if char == "\\" and quote == '"':
                position += 1
            elif char == quote:
                quote = ""
        elif char == "#" and before == " ":
            return line[:position], change
        elif char in "\"'" and before_token in ":,[{-":
            quote = char
        elif char in "[{" and (before_token in ":,[{-" or depth + change > 0):
            change += 1
        elif char in "]}" and depth + change > 0:
            change -= 1
        before = char
        if char != " ":
            before_token = char
        position += 1
    if quote:
        raise YamlError(f"a quote is not closed: {line.strip()}")
    return line, change


_KEY = re.compile(r'("(?:[^"\\]|\\.)*"|\'(?:[^\']|\'\')*\'|[^\s"\'\[{#][^:#]*?)\s*:(?:\s+(.*))?$')


def _block(lines, at, indent):
    if lines[at][1] == "-" or lines[at][1].startswith("- "):
        return _block_sequence(lines, at, indent)
    if _KEY.match(lines[at][1]) and lines[at][1][0] not in "[{":
        return _block_mapping(lines, at, indent)
    return _inline(lines[at][1], lines[at][2]), at + 1


def _block_sequence(lines, at, indent):
    items = []
    while at < len(lines) and lines[at][0] == indent and re.match(r"-( |$)", lines[at][1]):
        rest = lines[at][1][1:].lstrip()
        if rest:
            offset = len(lines[at][1]) - len(rest)
            lines[at] = [indent + offset, rest, lines[at][2]]
            item, at = _block(lines, at, indent + offset)
        else:
            item, at = _nested(lines, at + 1, indent)
        items.append(item)
    return items, at


def _block_mapping(lines, at, indent):
    mapping = {}
    while at < len(lines) and lines[at][0] == indent:
        match = _KEY.match(lines[at][1])
        if not match:
            raise YamlError(f"line {lines[at][2]}: expected \"key: value\", found {lines[at][1]!r}")
        key = _inline(match.group(1), lines[at][2])
        if key in mapping:
            raise YamlError(f"line {lines[at][2]}: the key {key!r} stands twice")
        if match.group(2):
            mapping[key] = _inline(match.group(2), lines[at][2])
            at += 1
        else:
            mapping[key], at = _nested(lines, at + 1, indent)
    return mapping, at


def _nested(lines, at, indent):
    """What belongs to a key or dash without a value on its line: nothing, or the deeper lines."""
    if at < len(lines):
        is_sequence = re.match(r"-( |$)", lines[at][1])
        if lines[at][0] > indent or (is_sequence and lines[at][0] == indent):
            return _block(lines, at, lines[at][0])
    return None, at


def _inline(text, number):
    try:
        value, end = _flow(text, 0, is_inside=False)
    except IndexError:
        raise YamlError(f"line {number}: the value ends too early") from None
    if text[end:].strip():
        raise YamlError(f"line {number}: left over after the value: {text[end:]!r}")
    return value


def _flow(text, at, is_inside):
    """The value that starts at `at`, and the position behind it."""
    at = _skip_spaces(text, at)
    char = text[at]
    if char == "[":
        return _flow_sequence(text, at + 1)
    if char == "{":
        return _flow_mapping(text, at + 1)
    if char == '"':
        end = re.compile(r'"(?:[^"\\]|\\.)*"').match(text, at).end()
        return json.loads(text[at:end]), end
    if char == "'":
        end = re.compile(r"'(?:[^']|'')*'").match(text, at).end()
        return text[at + 1:end - 1].replace("''", "'"), end
    if char in "&*!|>%@`":
        raise YamlError(f"not in the part of YAML read here: {text[at:]!r}")
    pattern = r"(?:(?![,\]}]|:\s|:$).)+" if is_inside else r".+"
    match = re.compile(pattern).match(text, at)
    plain = match.group(0).strip()
    return (None if plain in ("~", "null") else plain), match.end()


def _flow_sequence(text, at):
    items = []
    at = _skip_spaces(text, at)
    while text[at] != "]":
        item, at = _flow(text, at, is_inside=True)
        items.append(item)
        at = _skip_separator(text, at, "]")
    return items, at + 1


def _flow_mapping(text, at):
    mapping = {}
    at = _skip_spaces(text, at)
    while text[at] != "}":
        key, at = _flow(text, at, is_inside=True)
        at = _skip_spaces(text, at)
        if text[at] != ":":
            raise YamlError(f"expected a colon after {key!r}")
        if key in mapping:
            raise YamlError(f"the key {key!r} stands twice")
        mapping[key], at = _flow(text, at + 1, is_inside=True)
        at = _skip_separator(text, at, "}")
    return mapping, at + 1


def _skip_spaces(text, at):
    while text[at] == " ":
        at += 1
    return at


def _skip_separator(text, at, closing):
    at = _skip_spaces(text, at)
    if text[at] == ",":
        return _skip_spaces(text, at + 1)
    if text[at] != closing:
        raise YamlError(f"expected a comma or {closing!r}, found {text[at:]!r}")
    return at
