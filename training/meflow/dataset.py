"""MEFlowDataset: synthetic onset-apex pairs with exact flow, made one by one from (seed, split, index).

The truth is exact by construction. A flow f = head + expression is defined on the onset's pixel grid. Both frames are
sampled once, bicubically and at positions of their own, from a portrait of twice the crop's resolution: onset(x) =
S(c(x)) and apex(y) = S(c(g(y))), with c the pair's crop jitter and g the inverse of x -> x + f(x); so onset(x) = apex(x
+ f(x)).
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from common.blendshapes import STEP, Blendshapes
from common.crop import EYE_X, EYE_Y, MARGIN, SIZE
from common.grid import invert, pixel_grid, sample, upsample
from common.head import draw_head_motion, head_flow
from common.head_model import read_head
from common.identities import OVERSAMPLING
from common.prerequisites import CACHE_STEP, needed
from common.splits import SPLITS, split_of

from . import motion
from .photometry import degrade
from .rendered import RenderedHeads

COARSE = SIZE // 2
# Shares of the pairs by expression: nothing, blendshape, bumps, patches, random, muscle.
FAMILIES = ("none", "blendshape", "bumps", "patches", "random", "muscle")
SHARES = {
    "train": (0.12, 0.46, 0.18, 0.12, 0.12, 0.0),
    "val": (0.10, 0.40, 0.06, 0.05, 0.04, 0.35),
    "test": (0.10, 0.40, 0.06, 0.05, 0.04, 0.35),
}


@dataclass
class Scene:
    """What moves: jitter (crop px -> canonical px), expression and head (2, S, S) px, info (plain values)."""

    jitter: object
    expression: torch.Tensor
    head: torch.Tensor
    info: dict


class MEFlowDataset:
    """Indexable stream of pairs.

    cache: folder written by common.build_cache; split: train | val | test; level: clean | benign | full | small | mixed
    (train's mixture); source: only portraits whose path contains it; shares: those of FAMILIES, default the split's;
    large: (share, least, most), that share of the training pairs has expressions least to most times larger; rendered:
    share of pairs that show rendered heads (rendered.py; 1.5 s each), the other pairs do not depend on it; head:
    HeadModel, default the cache's head.npz. Equal arguments and index give equal pairs, in any order of access.
    """

    def __init__(
        self,
        cache,
        split="train",
        seed=1,
        level="mixed",
        source="",
        identities=None,
        blendshapes=None,
        shares=None,
        large=(0.12, 1.5, 3.5),
        rendered=0.0,
        head=None,
    ):
        rows = identities if identities is not None else np.load(Path(cache) / "identities.npz")
        shapes = blendshapes if blendshapes is not None else np.load(Path(cache) / "blendshapes.npz")
        keys = [str(k) for k in rows["key"]]
        keep = [i for i, k in enumerate(keys) if split_of(k) == split and source in k]
        if not keep:
            raise ValueError(f"no portraits for split {split!r} and source {source!r}")
        self.keys = [keys[i] for i in keep]
        self.rows = {name: rows[name][keep] for name in ("image", "to_model", "oval", "eyes", "points")}
        # The lens: a Gaussian of 0.4 crop px, so that the crop's lattice holds what it samples.
        self.rows["image"] = np.stack(
            [cv2.GaussianBlur(image, (0, 0), 0.4 * OVERSAMPLING) for image in self.rows["image"]]
        )
        self.shapes = Blendshapes.of(shapes)
        self.split, self.seed, self.level, self.shares = split, seed, level, shares or SHARES[split]
        self.large, self.rendered = large, rendered
        if rendered > 0:
            head = head or read_head(needed(Path(cache) / "head.npz", CACHE_STEP))
            self.heads = RenderedHeads(head, self.rows | {"key": np.array(self.keys)}, split, level)

    def __getitem__(self, index):
        """Dict of one pair; see `make`."""
        about = [self.seed, SPLITS.index(self.split), index]
        if self.rendered > 0 and np.random.default_rng([*about, 1]).random() < self.rendered:
            return self.heads.make(np.random.default_rng([*about, 2]))
        return self.make(np.random.default_rng(about))

    def make(self, rng):
        """onset, apex (1, S, S); facial, head (2, S, S) px; visible, face (1, S, S) 0/1; info (plain values).

        expression = facial - head.
        """
        who = int(rng.integers(len(self.keys)))
        row = {name: torch.from_numpy(values[who]).float() for name, values in self.rows.items()}
        scene = self.draw_scene(rng, row, self.rows["points"][who])
        jitter, head, info = scene.jitter, scene.head, scene.info
        facial = head + scene.expression

        full = pixel_grid(SIZE, SIZE)
        image = row["image"][None] / 255
        onset = sample(image, jitter(full), 1 / OVERSAMPLING, -MARGIN, "bicubic")[0]
        apex = sample(image, jitter(invert(facial)), 1 / OVERSAMPLING, -MARGIN, "bicubic")[0]
        target = full + facial
        visible = ((target >= 0) & (target <= SIZE - 1)).all(0)
        if self.split == "train" and rng.random() < 0.05:
            apex, cover = occlude(rng, apex)
            visible &= sample(cover[None], target)[0] < 0.02
        level = self.level
        if level == "mixed":
            level = "benign" if rng.random() < 0.22 else "full"
        onset, apex, camera = degrade(rng, onset.numpy(), apex.numpy(), level)
        face = sample(row["oval"][None] / 255, jitter(full), STEP, -MARGIN) > 0.5
        pair = {
            "onset": torch.from_numpy(onset)[None].clamp(0, 1),
            "apex": torch.from_numpy(apex)[None].clamp(0, 1),
            "facial": facial,
            "head": head,
            "visible": visible[None],
            "face": face,
        }
        info |= {
            "identity": self.keys[who],
            "split": self.split,
            "camera": camera,
            "head": "moving" if float(head.abs().max()) > 1e-3 else "still",
        }
        if rng.random() < 0.5:
            pair, info = mirrored(pair, info)
        return pair | {"info": info}

    def draw_scene(self, rng, row, points):
        """Scene of a face.

        row: tensors to_model, oval, eyes on the blendshapes' lattice; points: (468, 2) landmarks, canonical px.
        """
        grid = pixel_grid(COARSE, COARSE, (SIZE - 1) / (COARSE - 1))
        jitter = draw_jitter(rng)
        canonical = jitter(grid)
        at_model = sample(row["to_model"], canonical, STEP, -MARGIN)
        masks = sample(torch.stack([row["oval"], row["eyes"]]) / 255, canonical, STEP, -MARGIN)
        oval, eyes = masks[:1], masks[1:]
        depth = sample(self.shapes.depth[None], at_model, STEP, -MARGIN)[0] * float(rng.uniform(0.85, 1.15))
        points = jitter.inverse(points)

        expression, info = self.draw_expression(rng, at_model, grid, points, eyes)
        share, least, most = self.large
        # beyond micro-motion: the live system meets larger motion too
        if self.split == "train" and rng.random() < share:
            expression = expression * float(rng.uniform(least, most))
        expression = motion.limited(expression)
        still = rng.random() < (0.4 if info["family"] == "none" else 0.0)
        movement = draw_head_motion(rng)
        head = torch.zeros_like(grid) if still else head_flow(movement, grid, depth, oval[0])
        if rng.random() < 0.4:
            inside = soft_rim(oval, int(rng.integers(1, 4)))
            ground = torch.from_numpy(rng.normal(0, 0.5, 2) * (rng.random() < 0.5) * (not still)).float()[:, None, None]
            head, expression = inside * head + (1 - inside) * ground, inside * expression
        return Scene(jitter, upsample(expression, SIZE), upsample(head, SIZE), info)

    def draw_expression(self, rng, at_model, grid, points, eyes):
        family = str(rng.choice(FAMILIES, p=self.shares))
        info = {"family": family, "units": []}
        if family == "none":
            return torch.zeros_like(grid), info
        if family == "blendshape":
            field, info["units"] = motion.blendshape(rng, self.shapes, at_model)
            if rng.random() < 0.12:
                field = field + motion.blink(rng, self.shapes, at_model)
                info["blink"] = True
        elif family == "random":
            field = motion.random(rng, grid)
        else:
            field = getattr(motion, family)(rng, grid, points)
        if family in motion.TRAINED and family != "blendshape" and rng.random() < 0.25:
            extra, info["units"] = motion.blendshape(rng, self.shapes, at_model)
            field = field + extra
        if rng.random() < 0.15:
            field = field + motion.gaze(rng, F.avg_pool2d(eyes[None], 5, 1, 2)[0])
            info["gaze"] = True
        return field, info


class draw_jitter:
    """Random crop jitter: crop px -> canonical px, a similarity and a smooth warp that makes another face of the same
    skin.
    """

    def __init__(self, rng):
        scale, angle = np.exp(rng.normal(0, 0.035)), rng.normal(0, 0.03)
        c, s = scale * np.cos(angle), scale * np.sin(angle)
        self.matrix = torch.tensor([[c, -s], [s, c]]).float()
        self.centre = torch.tensor([EYE_X, EYE_Y])
        self.shift = torch.from_numpy(rng.normal(0, 2.0, 2)).float()
        warp = torch.from_numpy(rng.standard_normal((2, 6, 6)).astype(np.float32)) * float(rng.uniform(0, 3))
        self.warp = upsample(warp, 57)  # spacing 4 px over the crop

    def __call__(self, at):
        rotated = torch.einsum("ij,jhw->ihw", self.matrix, at - self.centre[:, None, None])
        return rotated + (self.centre + self.shift)[:, None, None] + sample(self.warp, at, 4.0)

    def inverse(self, points):
        """Approximate inverse of (n, 2) canonical points (without the smooth warp): landmark positions to a few px."""
        moved = torch.from_numpy(points) - self.centre - self.shift
        return (moved @ torch.linalg.inv(self.matrix).T + self.centre).numpy()


def soft_rim(mask, radius):
    """Dilate (1, h, w) by `radius` cells of 8 px and blur by the same: 0..1."""
    size = 2 * radius + 1
    wide = F.max_pool2d(F.avg_pool2d(mask[None], 4), size, 1, radius)
    smooth = F.avg_pool2d(F.pad(wide, (radius,) * 4, mode="replicate"), size, 1)
    return F.interpolate(smooth, size=mask.shape[-2:], mode="bilinear", align_corners=False)[0]


def occlude(rng, apex):
    """An occluder passes in front of the face: a textured blob with a hard edge.

    Returns the apex and the cover (H, W) 0..1.
    """
    size = apex.shape[-1]
    grid = pixel_grid(size, size)
    centre, radius = rng.uniform(20, size - 20, 2), rng.uniform(6, 28, 2)
    distance = ((grid[0] - float(centre[0])) / float(radius[0])) ** 2 + (
        (grid[1] - float(centre[1])) / float(radius[1])
    ) ** 2
    cover = torch.sigmoid((1 - distance) * 12)
    texture = torch.from_numpy(rng.standard_normal((1, 24, 24)).astype(np.float32)) * 0.06 + float(
        rng.uniform(0.1, 0.9)
    )
    return apex * (1 - cover) + upsample(texture, size)[0] * cover, cover


def mirrored(pair, info):
    """Mirror the pair left to right: the flow's u changes sign, the units' sides are swapped."""
    pair = {name: value.flip(-1) for name, value in pair.items()}
    for name in ("facial", "head"):
        pair[name] = pair[name] * torch.tensor([-1.0, 1.0])[:, None, None]
    other = {"left": "right", "right": "left", "both": "both"}
    return pair, info | {"mirrored": True, "units": [u | {"side": other[u["side"]]} for u in info["units"]]}
