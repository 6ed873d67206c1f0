"""Ruling lines and pictures of a PDF page, as pdfium has parsed its drawing commands."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from itertools import islice, pairwise
from typing import Any

import pypdfium2.raw as c  # type: ignore[import-untyped]  # ships no type information

from pipelines.documents.ink import Box

_MAX_PATHS = 20_000  # of a page; more is a map or a drawing
_MAX_SEGMENTS = 400  # of a path
_THIN = 3.0  # points: a filled box no wider is a line (WPS and LibreOffice draw borders so)


def drawn(page: Any) -> tuple[list[Box], float]:
    """Straight lines along the axes, and the area that pictures cover."""
    rules: list[Box] = []
    pictured = 0.0
    kinds = [c.FPDF_PAGEOBJ_PATH, c.FPDF_PAGEOBJ_IMAGE]
    for one in islice(page.get_objects(filter=kinds, max_depth=8), _MAX_PATHS):
        if one.type == c.FPDF_PAGEOBJ_PATH:
            rules.extend(_rules(one))
        else:
            left, bottom, right, top = one.get_bounds()
            pictured += (right - left) * (top - bottom)
    return rules, pictured


def _rules(path: Any) -> Iterator[Box]:
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    if not c.FPDFPath_GetDrawMode(path, fill, stroke) or not (fill.value or stroke.value):
        return
    for points in _outlines(path):
        xs, ys = [x for x, _ in points], [y for _, y in points]
        box = (min(xs), min(ys), max(xs), max(ys))
        if min(box[2] - box[0], box[3] - box[1]) <= _THIN:
            yield box
        elif stroke.value:
            for (x0, y0), (x1, y1) in pairwise(points):
                if min(abs(x1 - x0), abs(y1 - y0)) <= 1:
                    yield min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _outlines(path: Any) -> Iterator[list[tuple[float, float]]]:
    """The closed or open outlines of a path, in points of the page."""
    matrix = path.get_matrix()
    outer = path.container
    while outer is not None:
        matrix = matrix.multiply(outer.get_matrix())
        outer = outer.container
    x, y = ctypes.c_float(), ctypes.c_float()
    points: list[tuple[float, float]] = []
    for index in range(min(c.FPDFPath_CountSegments(path), _MAX_SEGMENTS)):
        segment = c.FPDFPath_GetPathSegment(path, index)
        if not c.FPDFPathSegment_GetPoint(segment, x, y):
            continue
        point = matrix.on_point(x.value, y.value)
        if c.FPDFPathSegment_GetType(segment) == c.FPDF_SEGMENT_MOVETO:
            if len(points) > 1:
                yield points
            points = [point]
        else:
            points.append(point)
            if c.FPDFPathSegment_GetClose(segment):
                points.append(points[0])
    if len(points) > 1:
        yield points
