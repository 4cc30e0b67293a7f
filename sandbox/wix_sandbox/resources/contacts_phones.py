"""Phone numbers in E.164 form, as far as the country code given with them allows."""

from __future__ import annotations

_CALLING_CODES = {"US": "1", "CA": "1", "GB": "44", "DE": "49", "FR": "33", "JP": "81", "IL": "972", "IN": "91"}
_NORTH_AMERICAN_DIGITS = 10


def e164(number: str, country: str | None) -> str | None:
    """Return the number with its country's calling code, or None if the sandbox does not know the country."""
    digits = "".join(each for each in number if each in "0123456789")
    if not digits:
        return None
    if number.strip().startswith("+"):
        return f"+{digits}"
    code = _CALLING_CODES.get(country or "")
    return f"+{code}{digits.removeprefix('0')}" if code else None


def formatted(e164_number: str | None, number: str) -> str:
    """Return the number as shown to people: `+1 201-555-0100`; outside North America unchanged."""
    digits = (e164_number or "").removeprefix("+1")
    if e164_number and e164_number.startswith("+1") and len(digits) == _NORTH_AMERICAN_DIGITS:
        return f"+1 {digits[:3]}-{digits[3:6]}-{digits[6:]}"
    return e164_number or number
