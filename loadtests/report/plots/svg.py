"""Elements of SVG."""

from markupsafe import Markup

from emulator.leaks.report.showing import shown

Value = str | float


def tag(name: str, *inside: str, **attributes: Value) -> Markup:
    """`class_` is the attribute `class`; `stroke_width` is `stroke-width`."""
    told = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), plain(value))
        for key, value in attributes.items()
    )
    body = Markup("").join(one if isinstance(one, Markup) else shown(one) for one in inside)
    return Markup("<{0}{1}>{2}</{0}>").format(name, told, body)


def plain(value: Value) -> str:
    if isinstance(value, Markup):
        return value  # drawn here, and as long as it is
    return shown(value) if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")


def percent(value: float) -> str:
    return f"{plain(value)}%"


def stretched(*inside: str, height: float, width: float = 100, **attributes: Value) -> Markup:
    """Where 100 by 100 units fill `width` percent and `height` pixels; lines stay as thick."""
    return tag(
        "svg",
        *inside,
        viewBox="0 0 100 100",
        preserveAspectRatio="none",
        width=percent(width),
        height=height,
        **attributes,
    )


def line(x1: float, x2: float, y1: float, y2: float, kind: str) -> Markup:
    """Across in percent, down in pixels."""
    return tag("line", x1=percent(x1), x2=percent(x2), y1=y1, y2=y2, class_=kind)


def text(x: float, y: float, said: str, kind: str = "tick") -> Markup:
    """Where it is at an end, it stays inside."""
    anchor = "start" if x < 4 else "end" if x > 96 else "middle"
    return tag("text", said, x=percent(x), y=y, text_anchor=anchor, class_=kind)
