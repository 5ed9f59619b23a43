"""ICT-FaceKit's head as a mesh in space: skin and neck, eyeballs, teeth and the inside of the mouth."""

import json
from dataclasses import dataclass

import numpy as np

# Its geometries, first vertex of each; what lies before the eye (fluid, lashes, shadow planes) is left out.
PARTS = {
    "skin": 0,
    "neck": 9409,
    "mouth": 11248,
    "sockets": 13295,
    "gums": 14063,
    "teeth": 17039,
    "left eye": 21451,
    "right eye": 23021,
}
END = 24591


@dataclass
class HeadModel:
    """V vertices in cm, x to the image's right, y up, z to the viewer.

    neutral (V, 3); triangles (T, 3), wound alike; part (V,) index into PARTS; corners (68,) vertices of the landmarks;
    names {blendshape: row of expressions}; expressions (K, V, 3) and identities (P, V, 3): displacements at weight 1.
    """

    neutral: np.ndarray
    triangles: np.ndarray
    part: np.ndarray
    corners: np.ndarray
    names: dict
    expressions: np.ndarray
    identities: np.ndarray

    def shape(self, weights):
        """Displacement (V, 3) cm of {blendshape: weight}."""
        total = np.zeros_like(self.neutral)
        for name, weight in weights.items():
            total += weight * self.expressions[self.names[name]].astype(np.float64)
        return total

    def shape_of_size(self, weights, size):
        """The same, scaled so that the largest displacement in the frontal plane is `size` cm."""
        field = self.shape(weights)
        return field * (size / float(np.hypot(field[:, 0], field[:, 1]).max()))

    def person(self, weights):
        """(V, 3) cm: the neutral head of another person."""
        return self.neutral + np.tensordot(weights, self.identities.astype(np.float64), 1)


def write_head(model, path):
    """Keep a HeadModel as `head.npz`."""
    np.savez(
        path,
        **{k: v for k, v in vars(model).items() if k != "names"},
        names=np.array(sorted(model.names, key=model.names.get)),
    )


def read_head(path):
    """The HeadModel of a `head.npz`."""
    stored = dict(np.load(path))
    return HeadModel(**stored | {"names": {str(name): i for i, name in enumerate(stored["names"])}})


def head_of_facekit(folder):
    """HeadModel from ICT-FaceKit's model.npz and vertex_indices.json."""
    data = np.load(folder / "model.npz")
    quads = data["quads"]
    triangles = np.concatenate([quads[:, :3], quads[quads[:, 3] >= 0][:, [0, 2, 3]]])
    return HeadModel(
        neutral=data["neutral"][:END].astype(np.float64),
        triangles=triangles[(triangles < END).all(1)],
        part=np.searchsorted(list(PARTS.values()), np.arange(END), side="right") - 1,
        corners=np.array(json.loads((folder / "vertex_indices.json").read_text())["idx_to_landmark_verts"]),
        names={str(name): i for i, name in enumerate(data["expression_names"])},
        expressions=data["expression_deltas"][:, :END],
        identities=data["identity_deltas"][:, :END],
    )
