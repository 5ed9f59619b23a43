"""A small z-buffer: which triangle is seen at each sample of an image, and where in it. numpy only, a few hundred ms a
frame.

Samples lie on a lattice `fine` times as dense as the pixels, so that pixel (i, j)'s centre is the sample in the middle
of its fine x fine block (`fine` is odd).
"""

import numpy as np

CHUNK = 400_000  # samples tested at a time


def rasterize(points, depth, triangles, size, fine=3):
    """The nearest triangle at each sample.

    points: (V, 2) px of the image, x right, y down, pixel centres at integers; depth: (V,) the larger the nearer;
    triangles: (T, 3) vertex indices. Returns ids (fine * size, fine * size) int32, -1 where there is none, and screen
    (.., 3) float32: the sample's barycentric coordinates on the image plane (`in_space` undoes the perspective).
    """
    side = fine * size
    lattice = points.astype(np.float64) * fine + (fine - 1) / 2
    corner = lattice[triangles]  # (T, 3, 2)
    a, b, c = corner[:, 0], corner[:, 1], corner[:, 2]
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    low = np.ceil(corner.min(1) - 1e-9).astype(int).clip(0)
    high = np.floor(corner.max(1) + 1e-9).astype(int).clip(max=side - 1)
    extent = high - low + 1
    seen = (extent > 0).all(1) & (np.abs(area) > 1e-9)
    best = np.full(side * side, -np.inf)
    ids = np.full(side * side, -1, np.int32)
    screen = np.zeros((side * side, 3), np.float32)
    order = np.flatnonzero(seen)
    order = order[np.argsort(extent[order].max(1), kind="stable")]
    for group in chunks(order, extent):
        w, h = extent[group, 0].max(), extent[group, 1].max()
        x = low[group, 0, None, None] + np.arange(w)[None, None, :]
        y = low[group, 1, None, None] + np.arange(h)[None, :, None]
        x, y = np.broadcast_arrays(x, y)
        pa, pb, pc = (p[group][:, None, None] for p in (a, b, c))
        whole = area[group][:, None, None]
        u = ((pb[..., 0] - x) * (pc[..., 1] - y) - (pb[..., 1] - y) * (pc[..., 0] - x)) / whole
        v = ((pc[..., 0] - x) * (pa[..., 1] - y) - (pc[..., 1] - y) * (pa[..., 0] - x)) / whole
        t = 1 - u - v
        inside = (u >= -1e-9) & (v >= -1e-9) & (t >= -1e-9) & (x < side) & (y < side)
        which = np.broadcast_to(group[:, None, None], inside.shape)[inside]
        at = y[inside] * side + x[inside]
        weights = np.stack([u[inside], v[inside], t[inside]], 1)
        near = (weights * depth[triangles[which]]).sum(1)
        # Of several triangles at a sample the nearest comes last and stays; ties go to the lower index.
        last = np.lexsort((-which, near, at))
        at, near, which, weights = at[last], near[last], which[last], weights[last]
        top = np.flatnonzero(np.append(at[1:] != at[:-1], True))
        top = top[near[top] > best[at[top]]]
        best[at[top]], ids[at[top]], screen[at[top]] = near[top], which[top], weights[top]
    return ids.reshape(side, side), screen.reshape(side, side, 3)


def chunks(order, extent):
    """Triangles of like size together, so many that their boxes hold CHUNK samples."""
    first = 0
    while first < len(order):
        largest = int(extent[order[first]].max())
        last = first
        while (
            last < len(order)
            and int(extent[order[last]].max()) <= max(4, 2 * largest)
            and (last - first + 1) * max(4, 2 * largest) ** 2 <= CHUNK
        ):
            last += 1
        last = max(last, first + 1)
        yield order[first:last]
        first = last


def in_space(screen, nearness, triangle):
    """Barycentric coordinates on the triangle in space, from those on the image plane (perspective projection).

    screen: (n, 3); nearness: (V,) 1 / distance to the camera; triangle: (n, 3) vertex indices. Returns (n, 3).
    """
    weighted = screen * nearness[triangle]
    return weighted / weighted.sum(1, keepdims=True)
