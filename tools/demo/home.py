# SPDX-License-Identifier: EUPL-1.2
"""What the programs around a demo read from its home: officers, and the credentials of the stand-in programs."""
import json
import os


class Home:
    """Members in order of their origins: the first listens on port_base + 1."""

    def __init__(self, folder, port_base):
        with open(os.path.join(folder, "home.json"), encoding="utf-8") as file:
            ids = json.load(file)["members"]
        self.port_base, self.members = port_base, []
        for number, entry in enumerate(ids, 1):
            identity = entry if isinstance(entry, str) else entry["id"]
            place = os.path.join(folder, "members", identity)
            with open(os.path.join(place, "member.json"), encoding="utf-8") as file:
                member = json.load(file)
            member["port"], member["folder"] = port_base + number, place
            self.members.append(member)

    def agency(self, name):
        return next(m for m in self.members if m["agency"] == name)

    def token(self, role):
        """The credential of the program that holds this role, and the port of its member."""
        for member in self.members:
            for client in member["clients"]:
                if role in client["roles"]:
                    with open(os.path.join(member["folder"], "clients", client["client"] + ".token"), encoding="utf-8") as file:
                        return file.read().strip(), member["port"]
        raise KeyError("no program holds the role " + role)

    def officer(self, role):
        """The invented officer with this role, and the port of the member; None if it is held by a program."""
        for member in self.members:
            for officer in member["officers"]:
                if officer["role"] == role:
                    return officer["user"], member["port"]
        return None
