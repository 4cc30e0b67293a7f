"""Pictures drawn from text: the media of the shop would be on Wix's servers, which a sandbox does not reach."""

from __future__ import annotations

from hashlib import sha256

from wix_sandbox.page.html import Html, tag

WAVE_HEIGHTS = (34, 62)


def picture(seed: str, alt_text: str) -> Html:
    """Return a placeholder that is the same for the same seed (a media id); `alt_text` describes it."""
    digest = sha256(seed.encode()).digest()
    hue, turn = digest[0] * 360 // 256, digest[1] * 360 // 256
    sun = tag(
        "circle", cx=20 + digest[2] % 60, cy=22 + digest[3] % 20, r=8 + digest[4] % 8, fill=f"hsl({turn} 70% 80%)"
    )
    waves = [_wave(top, digest[5 + at], hue, 58 - 16 * at) for at, top in enumerate(WAVE_HEIGHTS)]
    sky = tag("rect", width=100, height=100, fill=f"hsl({hue} 45% 78%)")
    return tag("svg", sky, sun, *waves, viewBox="0 0 100 100", role="img", aria_label=alt_text)


def no_picture() -> Html:
    """Return the placeholder of a product without a picture."""
    frame = tag("rect", x=22, y=30, width=56, height=40, rx=4, class_="frame")
    return tag("svg", frame, viewBox="0 0 100 100", role="img", aria_label="No picture", class_="none")


def _wave(top: int, bend: int, hue: int, lightness: int) -> Html:
    middle = top + bend % 24 - 12
    line = f"M0 {top} Q 25 {middle} 50 {top} T 100 {top} V 100 H 0 Z"
    return tag("path", d=line, fill=f"hsl({hue} 42% {lightness}%)")
