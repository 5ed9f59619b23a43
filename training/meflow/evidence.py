"""Gradient evidence of a small motion between two frames, gathered into cells (Lucas & Kanade 1981, over several
windows).
"""

import torch
import torch.nn as nn
import torch.nn.functional as F

from common.crop import SIZE

from .linear import apply_both, gaussian_rows

CELLS = SIZE // 4
WINDOWS = (0.8, 2.0, 5.0)  # Gaussian sigma of the windows, in cells of 4 px


class Evidence(nn.Module):
    """(B,C,h,w) pair -> (B, outputs, 56, 56).

    spacing: px of the crop between neighbouring samples of the frames (1 at full resolution, 4 on the reduced one). For
    each window: the displacement that solves the 2 x 2 normal equations with a small ridge (px), and how well
    determined it is; then the narrow window's normalised equations and residual.
    """

    outputs = 3 * len(WINDOWS) + 2 + 5

    def __init__(self, channels, spacing):
        super().__init__()
        self.spacing = spacing
        self.log_gain = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.log_scale = nn.Parameter(torch.full((1, channels, 1, 1), 0.0))
        self.log_ridge = nn.Parameter(torch.full((len(WINDOWS), 1, 1, 1), -5.0))
        self.register_buffer("windows", torch.stack([gaussian_rows(CELLS, CELLS, s) for s in WINDOWS]))

    def forward(self, first, second):
        mean = 0.5 * (first + second)
        step = 2.0 * self.spacing
        padded = F.pad(mean, (1, 1, 1, 1), mode="replicate")
        gx = (padded[:, :, 1:-1, 2:] - padded[:, :, 1:-1, :-2]) / step
        gy = (padded[:, :, 2:, 1:-1] - padded[:, :, :-2, 1:-1]) / step
        gt = first - second  # onset(x) = apex(x + d) => grad . d = onset - apex
        scaled = gt * torch.exp(-self.log_scale)
        weight = torch.exp(self.log_gain) / (1.0 + scaled * scaled)  # Lorentzian: covers and glints count little
        wx, wy = weight * gx, weight * gy
        terms = [wx * gx, wx * gy, wy * gy, wx * gt, wy * gt, weight * gt * gt]
        if self.spacing == 1.0:
            terms = [F.avg_pool2d(term, 4) for term in terms]
        terms = torch.cat([term.sum(1, keepdim=True) for term in terms], dim=1)
        out = []
        for i in range(len(WINDOWS)):
            smooth = apply_both(self.windows[i], terms)
            xx, xy, yy, xt, yt, tt = smooth.split(1, 1)
            ridge = torch.exp(self.log_ridge[i])
            a, c = xx + ridge, yy + ridge
            determinant = a * c - xy * xy
            u = (c * xt - xy * yt) / determinant
            v = (a * yt - xy * xt) / determinant
            trace = a + c
            out += [u.clamp(-6, 6), v.clamp(-6, 6), 4 * determinant / (trace * trace)]
            if i == 0:
                strength = torch.log(trace)
                residual = torch.log(tt + 1e-4)
                equations = torch.cat([xx - yy, 2 * xy], 1) / trace
                pull = torch.cat([xt, yt], 1) / torch.sqrt(trace)
        return torch.cat([*out, equations, pull, strength * 0.3, residual * 0.3, (residual - strength) * 0.3], 1)
