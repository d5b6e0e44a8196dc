"""Plays what devices do when their hub is restored from a backup (section 25 of README.md).

    python check_restore.py ws://127.0.0.1:8440/ FOLDER before     after the backup: writes what the hub will lose
    python check_restore.py ws://127.0.0.1:8440/ FOLDER after      at the restored hub: everything is there again

FOLDER holds the devices that check_client.py made. Ends with status 0 only if everything came out as README.md says.
"""

import os
import sys

from check_client import Day, T, check
from device import Device
from messages import changeset as pb
from messages import sync
from session import Failed, Forked, Session


class Restore(Day):
    def __init__(self, url, folder):
        super().__init__(url, folder, {})
        for name in ("ines", "ruth"):
            self.devices[name] = Device(self.path(name))

    def site(self):
        number = self.devices["ines"].schema.collections["site"].number
        return next(row for collection, row in sorted(self.devices["ines"].rows) if collection == number)

    def before(self):
        print("Work that the hub is going to lose")
        for name in self.devices:
            self.sync(name)
        site = self.site()
        for step in ("lost", "lost, and seen"):
            self.devices["ines"].write([("site", site, "access_notes", pb.SET, T(step))])
            self.sync("ines")
        check(self.shows("ines", "site", site, "access_notes").text == "lost, and seen", "it was acknowledged")
        self.sync("ruth")
        check(self.shows("ruth", "site", site, "access_notes").text == "lost, and seen", "ruth has got it")
        check(self.devices["ruth"].state["sealed"], "under a seal")
        self.devices["ines"].write([("site", site, "access_notes", pb.SET, T("written offline"))])

    def after(self):
        print("After the restore")
        ines, site = self.devices["ines"], self.site()
        self.forge(site)
        self.sync("ruth")
        check(self.shows("ruth", "site", site, "access_notes").text == "lost, and seen", "back from who had got it, before its writer comes")
        former = ines.state["site"]
        self.sync("ines")
        check(ines.state["site"] > former + 1000 and ines.state["epoch"] == 2, "ines goes on in epoch 2, under another site")
        check(all(entry["receipt"] for entry in ines.state["outbox"]), "everything has its verdicts again")
        check(self.shows("ines", "site", site, "access_notes").text == "written offline", "and nothing that was lost is lost")
        cell = ines.rows[(ines.schema.collections["site"].number, site)]
        group = next(g.number for g in ines.schema.collections["site"].groups.values() if g.columns[0][0] == "access_notes")
        check(len(cell[(group, None)].siblings) == 1, "who had seen it has overwritten it")
        self.sync("ruth")
        check(self.devices["ruth"].state["epoch"] == 2, "ruth follows")
        check(self.shows("ruth", "site", site, "access_notes").text == "written offline", "and sees what ines has written since")

    def forge(self, site):
        """A device that says the hub had what it had not."""
        with open(self.path("ruth"), encoding="utf-8") as file:
            image = file.read()
        with open(self.path("mallory"), "w", encoding="utf-8") as file:
            file.write(image)
        mallory = Device(self.path("mallory"))
        name = f"{mallory.schema.collections['site'].number}/{site.hex()}"
        for form in mallory.state["sealed"][name]:
            form[1] = form[1].replace(b"lost, and seen".hex(), b"lost, and made".hex())
        try:
            try:
                self.meet(mallory)
            except Forked:
                self.meet(mallory)
            check(False, "the hub believes a device")
        except Failed as failed:
            check(failed.code == sync.MALFORMED, "what has no seal of the hub's is refused")
        # It is the same phone: the hub has given it another site meanwhile, which ruth learns of when she comes.
        os.remove(self.path("mallory"))

    def meet(self, device):
        with Session(self.url, device) as session:
            session.catch_up()


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[3] not in ("before", "after"):
        sys.exit(__doc__)
    getattr(Restore(sys.argv[1], sys.argv[2]), sys.argv[3])()
