# SPDX-License-Identifier: BSD-2-Clause
"""
Reading the manual pages and the public headers.

usage: mdoc.py page
       prints the C file that the EXAMPLES of a page are
       mdoc.py page title
       prints what the displays of a section show, each line as a C string
"""

import re
import shlex
import sys


def sections(text):
    """[(title, [line, ...]), ...] of a page."""
    found = []
    for line in text.splitlines():
        if line.startswith(".Sh "):
            found.append((line[4:].strip(), []))
        elif found:
            found[-1][1].append(line)
    return found


def section(text, title):
    for name, lines in sections(text):
        if name == title:
            return lines
    return []


def unescape(line):
    """A line of a literal display as it is printed."""
    line = re.sub(r"^\\&", "", line)
    return (line.replace("\\(dq", '"').replace("\\-", "-").replace("\\&", "")
            .replace("\\e", "\\"))


def examples(text):
    """The displays of EXAMPLES, which together are one C file."""
    out, inside = [], False
    for line in section(text, "EXAMPLES"):
        if line.startswith(".Bd -literal"):
            inside = True
        elif line.startswith(".Ed"):
            inside = False
            out.append("")
        elif inside:
            out.append(unescape(line))
    return "\n".join(out) + "\n" if out else ""


def shown(text, title):
    """The lines of the literal displays of a section or a subsection."""
    out, here, inside = [], False, False
    for line in text.splitlines():
        if re.match(r"\.S[hs] ", line):
            here = line[4:].strip() == title
        elif here and line.startswith(".Bd -literal"):
            inside = True
        elif line.startswith(".Ed"):
            inside = False
        elif here and inside:
            out.append(unescape(line))
    return out


def c_string(line):
    return '"%s",\n' % line.replace("\\", "\\\\").replace('"', '\\"')


def words(line):
    return shlex.split(line.replace("\\-", "-"), posix=True)


def normal(decl):
    """One way to write the spaces of a type or a parameter."""
    decl = re.sub(r"\s+", " ", decl).strip()
    decl = re.sub(r"\s*\*\s*", "*", decl)
    return re.sub(r"\b(\*+)", r" \1", decl) if decl else decl


def synopsis(text):
    """{name: (type, (parameter, ...))} of a page's SYNOPSIS."""
    found, kind, name, args = {}, None, None, []
    for line in section(text, "SYNOPSIS"):
        if line.startswith(".Ft "):
            kind = normal(" ".join(words(line[4:])))
        elif line.startswith(".Fn "):
            w = words(line[4:])
            found[w[0]] = (kind, tuple(normal(a) for a in w[1:]))
            kind = None
        elif line.startswith(".Fo "):
            name, args = line[4:].strip(), []
        elif line.startswith(".Fa ") and name is not None:
            args += [normal(a) for a in words(line[4:])]
        elif line.startswith(".Fc") and name is not None:
            found[name] = (kind, tuple(args))
            kind = name = None
    return found


def strip_c(text):
    """A header without comments, continued lines and `extern "C"'."""
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
    text = re.sub(r"//[^\n]*", " ", text)
    text = text.replace("\\\n", " ")
    return re.sub(r"#\s*ifdef\s+__cplusplus.*?#\s*endif", " ", text,
                  flags=re.S)


def declarations(text):
    """Top-level declarations of a header: [(declaration, body), ...]."""
    text = re.sub(r"^\s*#.*$", "", strip_c(text), flags=re.M)
    out, depth, start, head, body = [], 0, 0, "", 0
    for i, c in enumerate(text):
        if c == "{":
            if depth == 0:
                head, body = text[start:i], i + 1
            depth += 1
        elif c == "}":
            depth -= 1
            if depth == 0:
                rest = text[i + 1:].lstrip()
                if ")" in head:
                    out.append((head.strip(), text[body:i]))
                    start = i + 1
                    head = ""
                elif not rest:
                    break
        elif c == ";" and depth == 0:
            if head:
                out.append((head.strip(), text[body:i]))
            else:
                out.append((text[start:i].strip(), None))
            start, head = i + 1, ""
    return out


def split_args(args):
    """Parameters of a declaration; commas within parentheses don't count."""
    out, depth, cur = [], 0, ""
    for c in args:
        depth += (c == "(") - (c == ")")
        if c == "," and depth == 0:
            out.append(cur)
            cur = ""
        else:
            cur += c
    return tuple(normal(a) for a in out + [cur])


def functions(text):
    """{name: (type, (parameter, ...))} of a header."""
    found = {}
    for decl, _ in declarations(text):
        if decl.startswith("typedef"):
            continue
        m = re.match(r"(.*?)\b(\w+)\s*\((.*)\)\s*$", decl, re.S)
        if m is None:
            continue
        kind = re.sub(r"\b(extern|static|inline)\b", "", m.group(1))
        args = split_args(m.group(3))
        found[m.group(2)] = (normal(kind), () if args == ("void",) else args)
    return found


def macros(text):
    """Names that a header defines, its guard and switches left out."""
    return {n for n in re.findall(r"^\s*#\s*define\s+(\w+)", strip_c(text),
                                  re.M)
            if not n.endswith("_H") and not n.startswith("BUSDMA_HAVE_")}


def members(text):
    """Names of the members and enumerators of a header."""
    found = set()
    for head, body in declarations(text):
        if body is None:
            continue
        if re.search(r"\benum\b", head):
            for part in body.split(","):
                m = re.match(r"\s*(\w+)", part)
                if m:
                    found.add(m.group(1))
        elif re.search(r"\bstruct\b", head) and "(" not in head:
            for part in body.split(";"):
                m = re.search(r"\(\s*\*\s*(\w+)\s*\)\s*\(", part)
                if m:
                    found.add(m.group(1))
                    continue
                for name in part.split(","):
                    m = re.search(r"(\w+)\s*(?:\[[^]]*\])?\s*$", name)
                    if m:
                        found.add(m.group(1))
    return found


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as f:
        page = f.read()
    if len(sys.argv) > 2:
        sys.stdout.writelines(c_string(l) for l in shown(page, sys.argv[2]))
    else:
        sys.stdout.write(examples(page))
