"""Sizes and durations as people say them."""


def human_bytes(size_bytes: int) -> str:
    """A size with the unit that keeps it short.

    >>> human_bytes(512), human_bytes(7_654_321)
    ('512 B', '7.3 MiB')
    """
    size = float(size_bytes)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.0f} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"


def human_seconds(duration_seconds: float) -> str:
    """A duration with the unit that keeps it short.

    >>> human_seconds(0.0123), human_seconds(75), human_seconds(7260), human_seconds(200_000)
    ('12 ms', '1 min 15 s', '2 h 1 min', '2 d 7 h')
    """
    if duration_seconds < 1:
        return f"{duration_seconds * 1000:.0f} ms"
    if duration_seconds < 60:
        return f"{duration_seconds:.1f} s"
    minutes, seconds = divmod(round(duration_seconds), 60)
    if minutes < 60:
        return f"{minutes} min {seconds} s"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes // 1440} d {minutes % 1440 // 60} h"


def plural(count: int, noun: str) -> str:
    """The count with its noun.

    >>> plural(1, "row"), plural(12431, "row")
    ('1 row', '12,431 rows')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
