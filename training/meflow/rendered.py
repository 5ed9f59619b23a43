"""Onset-apex pairs of rendered heads: ICT-FaceKit's mesh with the skin of a portrait, lit, moved and seen in
perspective.

What a portrait warped in the plane can't show is here: lids that slide over eyeballs, lips that part before teeth,
folds that change the light, a nose that covers the cheek behind it. The truth comes from the surface: a point of it
seen in the onset is followed to where it lies in the apex, and is visible if the apex shows that same point there.
"""

import numpy as np
import torch

from common.action_units import draw_action_units, shape_weights
from common.crop import EYE_DISTANCE, SIZE
from common.head import draw_head_motion, similarity_fit
from common.head_model import PARTS

from .light import Light
from .photometry import degrade
from .skin import Skin
from .surface import FINE, Camera, normals_of, seen

SAME_POINT = 0.35  # cm of the neutral head between what two frames show at a place, above which it is not the same
GAZE = ("eyeLookDown_", "eyeLookUp_", "eyeLookIn_", "eyeLookOut_")


STILL = {"rotation": np.zeros(3), "shift": np.zeros(2), "scale": 0.0, "distance": 700.0, "registered": False}


class RenderedHeads:
    """Makes pairs as MEFlowDataset's `make` does.

    model: HeadModel; rows: portraits as in identities.npz (key, image, points), those of one split; split, level: as
    there.
    """

    def __init__(self, model, rows, split, level):
        self.model, self.rows, self.split, self.level = model, rows, split, level

    def make(self, rng):
        """As MEFlowDataset.make; `face` is where the portrait's face lies on the head, and what is seen in its
        openings.
        """
        model = self.model
        who = int(rng.integers(len(self.rows["key"])))
        person = model.person(rng.normal(0, 0.7, len(model.identities)))
        eyes = model.corners[[36, 45]]
        scale, middle = EYE_DISTANCE / abs(person[eyes[1], 0] - person[eyes[0], 0]), person[eyes].mean(0)
        skin = Skin(model, person, self.rows["points"][who], self.rows["image"][who])
        before = model.shape(resting(rng))
        after, info = self.draw_expression(rng, scale)

        # Space: px of the crop, x right, y down, z towards the camera, 0 between the outer corners of the eyes.
        pose = rotation(rng.normal(0, 1, 3) * np.array([0.05, 0.08, 0.03]))
        onset, both = (
            (person + shape - middle) * scale * np.array([1, -1, 1]) @ pose.T for shape in (before, before + after)
        )
        still = rng.random() < (0.4 if info["family"] == "none" else 0.0)
        movement = STILL if still else draw_head_motion(rng)
        distance = movement["distance"]
        camera = Camera(distance, onset[eyes])
        frame = seen(model, camera(onset), onset, distance)
        centre = frame.centres()
        hit = centre.ids.ravel() >= 0
        face = hit & (centre.part.ravel() != list(PARTS).index("neck")) & (skin.beside(centre.at(skin.at)) < 0.5)
        start = np.stack(np.meshgrid(np.arange(SIZE), np.arange(SIZE)), -1).reshape(-1, 2).astype(np.float64)
        rigid = camera(moved(centre.at(onset), movement)) - start
        registration = (
            registering(np.where(hit[:, None], rigid, 0), start, face, movement)
            if movement["registered"]
            else same_place
        )
        apex = moved(both, movement)
        then = seen(model, registration(camera(apex)), apex, distance)
        facial, head = (
            np.where(hit[:, None], registration(camera(moved(centre.at(v), movement))), registration(start)) - start
            for v in (both, onset)
        )

        visible = self.seen_again(centre, then, start + facial, person)
        light = Light(rng)
        images = (
            light(frame, normals_of(onset, model.triangles), skin, model, same_place),
            light(then, normals_of(apex, model.triangles), skin, model, inverse_of(registration)),
        )
        level = self.level
        if level == "mixed":
            level = "benign" if rng.random() < 0.22 else "full"
        *images, record = degrade(rng, *images, level)
        info |= {
            "identity": str(self.rows["key"][who]),
            "split": self.split,
            "camera": record,
            "rendered": True,
            "head": "moving" if np.abs(head).max() > 1e-3 else "still",
        }
        pair = {
            name: torch.from_numpy(image)[None].float().clamp(0, 1) for name, image in zip(("onset", "apex"), images)
        }
        pair |= {
            name: torch.from_numpy(flow.T.reshape(2, SIZE, SIZE)).float()
            for name, flow in (("facial", facial), ("head", head))
        }
        return (
            pair
            | {
                name: torch.from_numpy(mask.reshape(1, SIZE, SIZE))
                for name, mask in (("visible", visible), ("face", face))
            }
            | {"info": info}
        )

    def draw_expression(self, rng, scale):
        """Displacement (V, 3) cm between onset and apex, and what it is.

        Peaks are lengths in the plane of the face, px.
        """
        info = {"family": "none", "units": []}
        total = np.zeros_like(self.model.neutral)
        if rng.random() >= 0.12:
            info = {"family": "blendshape", "units": draw_action_units(rng)}
            for unit in info["units"]:
                total += self.model.shape_of_size(shape_weights(unit), unit["px"] / scale)
        if info["units"] and rng.random() < 0.12:
            total += self.model.shape_of_size(
                {"eyeBlink_L": 1.0, "eyeBlink_R": 1.0}, float(np.exp(rng.uniform(np.log(0.5), np.log(5)))) / scale
            )
            info["blink"] = True
        if info["units"] and rng.random() < 0.15:
            name = GAZE[int(rng.integers(4))]
            # one eye in, the other out
            sides = {name + "L": 1.0, (name if name[7] in "DU" else GAZE[5 - GAZE.index(name)]) + "R": 1.0}
            total += self.model.shape_of_size(sides, float(min(rng.lognormal(-0.3, 0.7), 3.0)) / scale)
            info["gaze"] = True
        return total, info

    def seen_again(self, centre, apex, target, person):
        """(n,) bool: whether the apex shows at `target` (n, 2) what the onset shows at the pixels' centres."""
        inside = ((target >= 0) & (target <= SIZE - 1)).all(1)
        side = apex.ids.shape[0]
        column, row = np.rint(np.clip(target, 0, SIZE - 1) * FINE + FINE // 2).astype(int).clip(0, side - 1).T
        a, b = centre.part.ravel(), apex.part[row, column]
        apart = np.linalg.norm(centre.at(person) - apex.at(person).reshape(side, side, 3)[row, column], axis=1)
        return inside & (a == b) & ((a < 0) | (apart < SAME_POINT))


def same_place(at):
    return at


def moved(at, movement):
    """Points (n, 3) px after the head's movement: a turn about the neck's joint and a shift."""
    pivot = np.array([0, 30.0, -90.0])
    shift = np.array([*movement["shift"], movement["distance"] * movement["scale"]])
    return (at - pivot) @ rotation(movement["rotation"]).T + pivot + shift


def resting(rng):
    """{blendshape: weight} of the face before it moves: half the faces are not quite at rest."""
    names = (
        "jawOpen",
        "mouthSmile_L",
        "mouthSmile_R",
        "browDown_L",
        "browDown_R",
        "browInnerUp_L",
        "browInnerUp_R",
        "mouthPucker",
        "eyeSquint_L",
        "eyeSquint_R",
    )
    if rng.random() < 0.5:
        return {}
    return {str(name): float(rng.uniform(0, 0.3)) for name in rng.choice(names, 2, replace=False)}


def rotation(angles):
    """Matrix of pitch, yaw and roll, rad, in that order (x right, y down, z to the camera), as head.head_flow turns."""
    cx, cy, cz = np.cos(angles)
    sx, sy, sz = np.sin(angles)
    pitch = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    yaw = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    roll = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return roll @ yaw @ pitch


def registering(flow, start, face, movement):
    """The similarity (n, 2) -> (n, 2) that takes the apex to the onset's place as the server does, but for what it
    leaves over.
    """
    shape = (2, SIZE, SIZE)
    p = torch.from_numpy((start - start[face].mean(0)).T.reshape(shape)).float()
    weight = torch.from_numpy(face.reshape(SIZE, SIZE)).float()
    taken = similarity_fit(torch.from_numpy(flow.T.reshape(shape)).float(), p, weight).numpy().reshape(2, -1).T
    tx, ty, a, b = (float(v) for v in movement["residual"])
    # start -> start + taken, as a matrix; its inverse moves the apex back.
    base = np.hstack([start, np.ones((len(start), 1))])
    forward = np.linalg.lstsq(base, start + taken, rcond=None)[0]
    linear, shift = forward[:2], forward[2]
    rest, centre = np.array([[a, b], [-b, a]]), start[face].mean(0)

    def apply(at):
        back = (at - shift) @ np.linalg.inv(linear)
        return back + (back - centre) @ rest + np.array([tx, ty])

    return apply


def inverse_of(similarity):
    """The inverse of an affine map (n, 2) -> (n, 2)."""
    base = similarity(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
    linear = np.stack([base[1] - base[0], base[2] - base[0]])
    return lambda at: (at - base[0]) @ np.linalg.inv(linear)
