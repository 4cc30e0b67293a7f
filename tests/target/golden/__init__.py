"""The golden journal: every request that clean runs of the target send, kept in one file per catalog.

`python -m tests.target.golden` writes the files again; `test_golden.py` compares them with what the target sends now.
A file lists each request (method, path and body), and in the line below it the seeds of `tests.target.kill` whose clean
run sends it; `7x2` means that seed 7 sends it twice. Requests of a run are compared as a multiset: their order may
change.

Requests are stored as they are sent, with these replacements, so that a file changes only where requests change:

- An id becomes what it identifies in the shop when it is first sent: `<products S3-S>`. An id that the shop does not
  know, such as the one in a handle that the target makes up, becomes `<new>`.
- A revision becomes `<revision>`. A wrong one is still seen: the sandbox refuses it, and the target reads and writes
  again.
- Members of a body are sorted, and so are the values of an `$in` filter: their order means nothing to Wix.
- A long list of the members to return becomes `<fields abcdef>`; the first lines of the file list its members.
"""

from __future__ import annotations
