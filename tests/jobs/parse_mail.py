#!/usr/bin/python3
"""Reads a message file with Python's email package and prints what it holds as JSON.

Keys: headers ([[name, value], ...]), defects, structure ("multipart/mixed(...)"), text, html,
attachments ([{name, type, base64}, ...]) and raw, what only the bytes show (line_max,
bare_line_ends, beyond_ascii).
"""

import base64
import email
import email.policy
import json
import re
import sys


def structure_of(part):
    if not part.is_multipart():
        return part.get_content_type()
    return f"{part.get_content_type()}({', '.join(map(structure_of, part.iter_parts()))})"


def body_of(message, kind):
    part = message.get_body(preferencelist=(kind,))
    return part.get_content() if part else None


def defects_of(message):
    found = []
    for part in message.walk():
        found += [str(defect) for defect in part.defects]
        for _, value in part.items():
            found += [str(defect) for defect in value.defects]
    return found


def main():
    with open(sys.argv[1], "rb") as file:
        raw = file.read()
    message = email.message_from_bytes(raw, policy=email.policy.default)
    print(json.dumps({
        "headers": [[name, str(value)] for name, value in message.items()],
        "defects": defects_of(message),
        "raw": {
            "line_max": max(len(line) for line in raw.split(b"\r\n")),
            "bare_line_ends": len(re.findall(rb"\r(?!\n)|(?<!\r)\n", raw)),
            "beyond_ascii": sum(byte > 126 for byte in raw),
        },
        "structure": structure_of(message),
        "text": body_of(message, "plain"),
        "html": body_of(message, "html"),
        "attachments": [
            {
                "name": part.get_filename(),
                "type": part.get_content_type(),
                "base64": base64.b64encode(part.get_payload(decode=True)).decode(),
            }
            for part in message.iter_attachments()
        ],
    }))


if __name__ == "__main__":
    main()
