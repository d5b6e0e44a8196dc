"""What a client needs of the schema file: numbers, columns in order, and policies (section 7)."""

from dataclasses import dataclass

import yaml


@dataclass
class Group:
    number: int
    policy: str
    columns: list
    """(name, type as written)"""


class Collection:
    def __init__(self, name, data):
        self.name, self.number, self.kind = name, data["number"], data.get("kind", "record")
        self.groups, self.by_field = {}, {}
        for group_name, group in data["groups"].items():
            policy = "derived" if "derived" in group else group["policy"].split()[0]
            fields = group.get("fields") or {group_name: group}
            columns = [(column, (spec or {}).get("type", "")) for column, spec in fields.items()]
            made = Group(group["number"], policy, columns)
            self.groups[made.number] = made
            for index, (column, _) in enumerate(columns):
                self.by_field[column] = (made, index)


class Schema:
    def __init__(self, text: str):
        # Plain strings: a bare `no` or `on` is a word in a schema, not a truth value.
        data = yaml.load(text, Loader=yaml.BaseLoader)

        def numbers(node):
            if isinstance(node, dict):
                return {key: int(value) if key in ("number", "version") and isinstance(value, str)
                        else numbers(value) for key, value in node.items()}
            return node
        data = numbers(data)
        self.version = data["version"]
        self.roles = {role["number"]: name for name, role in data["roles"].items()}
        self.collections = {name: Collection(name, each) for name, each in data["collections"].items()}
        self.by_number = {each.number: each for each in self.collections.values()}
