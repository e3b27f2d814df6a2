# SPDX-License-Identifier: MIT
"""Shapes of JSON, as functions that raise Wrong: fields that nobody knows are wrong too."""


class Wrong(Exception):
    """What is wrong (`unknown`, `missing`, `type`, `value`), and where."""

    def __init__(self, kind, path, message):
        super().__init__(message)
        self.kind, self.path, self.message = kind, path, message


def below(path, key):
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key


def of_type(name, *types):
    def check(value, path):
        if isinstance(value, bool) != (types == (bool,)) or not isinstance(value, types):
            raise Wrong("type", path, f"expected {name}")
    return check


text = of_type("a string", str)
integer = of_type("an integer", int)
number = of_type("a number", int, float)
boolean = of_type("a boolean", bool)
free_object = of_type("an object", dict)


def anything(_value, _path):
    pass


def nullable(checker):
    return lambda value, path: None if value is None else checker(value, path)


def words(*allowed):
    def check(value, path):
        if value not in allowed:
            raise Wrong("value", path, f"expected one of {', '.join(map(repr, allowed))}")
    return check


def ranged(low, high, checker=number):
    def check(value, path):
        checker(value, path)
        if not low <= value <= high:
            raise Wrong("value", path, f"expected a value from {low} to {high}")
    return check


def matching(pattern):
    def check(value, path):
        text(value, path)
        if not pattern.fullmatch(value):
            raise Wrong("value", path, f"expected a string that matches {pattern.pattern!r}")
    return check


def filled(value, path):
    text(value, path)
    if not value:
        raise Wrong("value", path, "expected a string that is not empty")


def each(checker, least=0, most=None):
    def check(value, path):
        if not isinstance(value, list):
            raise Wrong("type", path, "expected an array")
        if len(value) < least or (most is not None and len(value) > most):
            raise Wrong("value", path, f"expected {least} to {most or 'any number of'} elements")
        for index, element in enumerate(value):
            checker(element, below(path, index))
    return check


def fields(needed, optional=()):
    """An object with these fields and no others."""
    optional = dict(optional)

    def check(value, path):
        if not isinstance(value, dict):
            raise Wrong("type", path, "expected an object")
        for key in needed:
            if key not in value:
                raise Wrong("missing", below(path, key), "field required")
        for key, inner in value.items():
            checker = needed.get(key) or optional.get(key)
            if checker is None:
                raise Wrong("unknown", below(path, key), "unknown field")
            checker(inner, below(path, key))
    return check


def tagged(key, kinds):
    """An object whose `key` says which of `kinds` it is; the tag itself is checked here."""
    def check(value, path):
        if not isinstance(value, dict):
            raise Wrong("type", path, "expected an object")
        if key not in value:
            raise Wrong("missing", below(path, key), "field required")
        if value[key] not in kinds:
            raise Wrong("value", below(path, key), f"expected one of {', '.join(map(repr, kinds))}")
        kinds[value[key]]({k: v for k, v in value.items() if k != key}, path)
    return check


def either(first, second):
    """`first` for strings, `second` for the rest."""
    return lambda value, path: (first if isinstance(value, str) else second)(value, path)
