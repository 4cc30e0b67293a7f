from __future__ import annotations

from tools.choices import choices_in

SOURCE = '''
"""A module. Choice: the first,
over two lines.

And something else.
"""
# Not one.

# A comment. Choice: the second
# of two lines.
value = 1  # Choice: the third.

# Choice: the fourth.
other = 2
"""Choice: the fifth."""


def act():
    """Act.

    Choices: sixth; and seventh. Choice: eighth.

    Raises:
        ValueError: never.
    """
    text = "Choice: not said, only written."
'''


def test_choices_are_found_in_docstrings_and_comments_with_what_they_are_about():
    assert choices_in(SOURCE) == [
        ("A module.", "the first, over two lines."),
        ("A comment.", "the second of two lines."),
        ("`value = 1`", "the third."),
        ("`other = 2`", "the fourth."),
        ("`other = 2`", "the fifth."),
        ("Act.", "sixth; and seventh."),
        ("Act.", "eighth."),
    ]
