"""MEFlowNet: iterative, warping-based estimator of facial micro-motion with one decoder for the facial and one for the
head flow.

The idea is that of MELLM (arXiv 2505.07007v3): start at zero flow; each step warps the apex by the current flow,
compares, updates a hidden state and adds a correction; no cost volume; expression flow = facial - head. What differs is
the comparison: instead of large learned features, the gradient evidence of Lucas & Kanade (1981) on two blurs of the
frames, gathered into cells of 4 x 4 px, solved over three window sizes, and handed to a small recurrent U-Net that
weighs these solutions, smooths them and adds its own.

    onset, apex (B,1,224,224) ─ local normalisation ─ two blurs (B,2,224,224)
        step 0   blurred to 56 x 56, zero flow        ┐
        step 1.. full resolution, apex warped         ├► evidence (B,_,56,56) ► U-Net + state ► facial += correction
                                                      ┘                                ► weights ► head = fitted surface
        polish   full resolution: one more comparison, weighed by gates that the last step foresaw
        decoders: facial and head flow at 56 x 56 ─ cubic enlargement ─ (B,2,224,224) px
"""

import torch
import torch.nn as nn
import torch.nn.functional as F

from common.crop import SIZE

from .evidence import WINDOWS, Evidence
from .head_fit import HeadFit
from .linear import apply_both, cubic_rows, gaussian_rows

CELLS = SIZE // 4
# sigma in px of the channels whose gradients are the evidence: fine texture, and what survives noise and codecs
BLURS = (0.8, 1.8)
GATE_GAIN = 5.0  # the gates' learning rate, as it were


class MEFlowNet(nn.Module):
    """steps: number of iterations (the first one coarse). Input in 0..1, output in px of the crop.

    normalise, coarse: False leaves out the local normalisation, or makes the first step a fine one like the others
    (ablations).
    """

    def __init__(self, steps=3, width=32, state=16, context=16, normalise=True, coarse=True):
        super().__init__()
        self.steps = steps
        self.coarse = coarse
        self.normalise = LocalNormalisation() if normalise else nn.Identity()
        self.register_buffer("blur", torch.stack([gaussian_kernel(sigma) for sigma in BLURS])[:, None])
        self.context = nn.Sequential(
            nn.Conv2d(1, 16, 4, stride=4), nn.ReLU(), nn.Conv2d(16, context, 3, padding=1), nn.ReLU()
        )
        self.coarse_evidence = Evidence(len(BLURS), spacing=4.0)
        self.fine_evidence = Evidence(len(BLURS), spacing=1.0)
        inputs = self.fine_evidence.outputs + context + state + 4 + 2
        self.update = UNet(inputs, width, state + 3 + 2 * len(WINDOWS))
        self.update.last.weight.data[-2 * len(WINDOWS) :] = 0
        self.update.last.bias.data[-2 * len(WINDOWS) :] = 0.3 / GATE_GAIN
        self.step_bias = nn.Parameter(torch.zeros(steps, width, 1, 1))
        self.state = state
        self.head_fit = HeadFit(CELLS)
        self.facial_decoder = nn.Sequential(
            nn.Conv2d(state + 4 + context + Evidence.outputs, 24, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(24, 4, 3, padding=1),
        )
        self.head_decoder = nn.Sequential(
            nn.Conv2d(state + 4, 16, 3, stride=2, padding=1), nn.ReLU(), nn.Conv2d(16, 2, 3, padding=1)
        )
        for last in (self.facial_decoder[-1], self.head_decoder[-1]):
            nn.init.zeros_(last.bias)
            last.weight.data.mul_(0.1)
        self.register_buffer("reduce", gaussian_rows(CELLS, SIZE, 2.5))
        self.register_buffer("enlarge", cubic_rows(SIZE, CELLS))
        self.register_buffer("enlarge_half", cubic_rows(CELLS, CELLS // 2))
        axis = torch.linspace(-1, 1, CELLS)
        self.register_buffer("place", torch.stack(torch.meshgrid(axis, axis, indexing="xy"))[None])
        pixel = torch.arange(SIZE).float()
        self.register_buffer("pixels", torch.stack(torch.meshgrid(pixel, pixel, indexing="xy"))[None])

    def forward(self, onset, apex, every_step=False):
        """onset, apex: (B,1,224,224). Returns facial, head (B,2,224,224) px, log_sigma (B,1,224,224).

        every_step: also a list of (facial, head) at 56 x 56 for the sequence loss.
        """
        batch = onset.shape[0]
        frames = self.normalise(torch.cat([onset, apex]))
        features = F.conv2d(F.pad(frames, (3, 3, 3, 3), mode="replicate"), self.blur)
        first, second = features[:batch], features[batch:]
        context = self.context(frames[:batch])
        place = self.place.expand(batch, -1, -1, -1)
        hidden = torch.zeros_like(context[:, :1]).expand(-1, self.state, -1, -1)
        facial = torch.zeros_like(place)
        head = facial
        history = []
        for step in range(self.steps):
            if step == 0 and self.coarse:
                small = apply_both(self.reduce, features)
                evidence = self.coarse_evidence(small[:batch], small[batch:])
            else:
                facial, head = facial.detach(), head.detach()
                evidence = self.fine_evidence(first, self.warp(second, apply_both(self.enlarge, facial)))
            seen = torch.cat([evidence, context, hidden, facial, facial - head, place], 1)
            out = self.update(seen, self.step_bias[step])
            hidden = torch.tanh(out[:, : self.state])
            facial = facial + out[:, self.state : self.state + 2]
            gates = GATE_GAIN * out[:, self.state + 3 :]
            facial = facial + weighed(evidence, gates)
            rigid = torch.sigmoid(out[:, self.state + 2 : self.state + 3])
            head = self.head_fit(facial, rigid)
            history.append((facial, head))
        evidence = self.fine_evidence(first, self.warp(second, apply_both(self.enlarge, facial.detach())))
        facial = facial + weighed(evidence, gates[:, len(WINDOWS) :])
        head = self.head_fit(facial, rigid)
        history.append((facial, head))
        expression = facial - head
        about = torch.cat([hidden, facial, expression], 1)
        change = self.facial_decoder(torch.cat([about, context, evidence], 1))
        keep = torch.sigmoid(change[:, 2:3] + 2.0)
        head = head + apply_both(self.enlarge_half, self.head_decoder(about))
        facial = head + keep * expression + change[:, :2]
        history.append((facial, head))
        flows = apply_both(self.enlarge, torch.cat([facial, head, change[:, 3:4]], 1))
        result = flows[:, :2], flows[:, 2:4], flows[:, 4:5] - 2.0
        return (*result, history) if every_step else result

    def warp(self, image, flow):
        """image(x + flow(x)), bilinear, border repeated."""
        at = (self.pixels + flow) * (2.0 / SIZE) + (1.0 / SIZE - 1.0)
        return F.grid_sample(image, at.permute(0, 2, 3, 1), mode="bilinear", padding_mode="border", align_corners=False)


def weighed(evidence, gates):
    """Sum of the windows' displacements (channels 3i, 3i + 1 of the evidence), each times its gate (channel i)."""
    return sum(gates[:, i : i + 1] * evidence[:, 3 * i : 3 * i + 2] for i in range(len(WINDOWS)))


def gaussian_kernel(sigma, size=7):
    """(size, size) normalised Gaussian."""
    g = torch.exp(-0.5 * ((torch.arange(float(size)) - size // 2) / sigma) ** 2)
    return g[:, None] * g[None] / g.sum() ** 2


class LocalNormalisation(nn.Module):
    """(I - local mean) / (local deviation + floor), Gaussian windows: takes away gain, offset and slow shading."""

    def __init__(self, sigma=7.0, floor=0.03):
        super().__init__()
        self.floor = floor
        self.register_buffer("down", gaussian_rows(SIZE // 4, SIZE, sigma))
        self.register_buffer("up", cubic_rows(SIZE, SIZE // 4))

    def forward(self, image):
        centred = image - apply_both(self.up, apply_both(self.down, image))
        power = apply_both(self.up, apply_both(self.down, centred * centred))
        return centred / (torch.sqrt(torch.relu(power) + 1e-6) + self.floor)


class UNet(nn.Module):
    """Three levels (56, 28, 14 cells across)."""

    def __init__(self, inputs, width, outputs):
        super().__init__()
        middle, deep = width * 3 // 2, width * 2
        self.enter = nn.Conv2d(inputs, width, 1)
        self.top = nn.Conv2d(width, width, 3, padding=1)
        self.down1 = nn.Conv2d(width, middle, 3, stride=2, padding=1)
        self.mid1 = nn.Conv2d(middle, middle, 3, padding=1)
        self.down2 = nn.Conv2d(middle, deep, 3, stride=2, padding=1)
        self.bottom1 = nn.Conv2d(deep, deep, 3, padding=1)
        self.bottom2 = nn.Conv2d(deep, deep, 3, padding=1)
        self.up2 = nn.Conv2d(deep, middle, 1)
        self.mid2 = nn.Conv2d(middle, middle, 3, padding=1)
        self.up1 = nn.Conv2d(middle, width, 1)
        self.leave = nn.Conv2d(width, width, 3, padding=1)
        self.last = nn.Conv2d(width, outputs, 1)
        nn.init.zeros_(self.last.bias)
        self.last.weight.data.mul_(0.3)

    def forward(self, x, bias):
        """x: (B, inputs, 56, 56); bias: (width, 1, 1), which step of the iteration this is.

        Returns (B, outputs, 56, 56).
        """
        a = F.relu(self.enter(x) + bias)
        a = a + F.relu(self.top(a))
        b = F.relu(self.down1(a))
        b = b + F.relu(self.mid1(b))
        c = F.relu(self.down2(b))
        c = c + F.relu(self.bottom2(F.relu(self.bottom1(c))))
        b = b + F.interpolate(self.up2(c), scale_factor=2, mode="nearest")
        b = b + F.relu(self.mid2(b))
        a = a + F.interpolate(self.up1(b), scale_factor=2, mode="nearest")
        a = a + F.relu(self.leave(a))
        return self.last(a)
