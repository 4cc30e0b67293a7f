r"""Write the list of calls of Wix's official client, by which the sandbox's score counts, into `calls.json`.

    npm ci --ignore-scripts --prefix sandbox/tests/official_client
    cd FOLDER && npm install --ignore-scripts @wix/app-management @wix/categories @wix/crm @wix/ecom @wix/forms \
        @wix/inbox @wix/members @wix/stores
    python -m tools.client_calls FOLDER/node_modules/@wix

Modules that the suite of the official client pins are read in the pinned version. The suite writes the other half of
the score, `accepted.json`, itself: `WIX_SCORE=write pytest -m services sandbox/tests/official_client`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tools.fidelity_tables import CALLS
from tools.request_facts import MODULES, calls_in

AREAS = ("app-management", "categories", "crm", "ecom", "forms", "inbox", "members", "stores")
"""Areas of the client that the sandbox is about."""


def calls_of_areas(modules: Path) -> dict[str, dict[str, str]]:
    """Return the calls of all modules in a folder: method and path, by module and name."""
    found: dict[str, dict[str, str]] = {}
    for call in calls_in(modules):
        module = call["module"].removeprefix("auto_sdk_")
        if module.partition("_")[0] in AREAS:
            found.setdefault(module, {})[call["name"]] = f"{call['method']} {call['path']}"
    return found


if __name__ == "__main__":
    listed = calls_of_areas(Path(sys.argv[1])) | calls_of_areas(MODULES)
    CALLS.write_text(json.dumps(dict(sorted(listed.items())), indent=1) + "\n", encoding="utf-8")
