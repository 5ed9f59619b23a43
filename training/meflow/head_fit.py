"""The rigid head's flow as a smooth surface of few parameters, fitted to the facial flow by weighted least squares."""

import torch
import torch.nn as nn

# Mean depth of a frontal face in the crop (Gaussian hills in crop units -1..1: x, y, sx, sy, height): a start, then
# learned.
HILLS = [(0.0, -0.05, 0.55, 0.75, 1.0), (0.0, 0.1, 0.12, 0.18, 0.5)]


class HeadFit(nn.Module):
    """Basis: 1, x, y, x^2, xy, y^2 and learned surfaces that begin as the depth of a mean face, times 1, x and y.

    A rigid motion moves a point by a quadratic in (x, y) plus parallax in proportion to depth; u and v are fitted
    alike, so one Gram matrix serves both. Solved by Gauss-Jordan elimination, unrolled: its ONNX form is a handful of
    small products.
    """

    def __init__(self, cells, ridge=2e-3):
        super().__init__()
        axis = torch.linspace(-1, 1, cells)
        x, y = torch.meshgrid(axis, axis, indexing="xy")
        depth = sum(h * torch.exp(-0.5 * (((x - cx) / sx) ** 2 + ((y - cy) / sy) ** 2)) for cx, cy, sx, sy, h in HILLS)
        nose = torch.exp(-0.5 * ((x / 0.12) ** 2 + ((y - 0.1) / 0.18) ** 2))
        self.register_buffer("fixed", torch.stack([torch.ones_like(x), x, y, x * x, x * y, y * y]).flatten(1))
        self.learned = nn.Parameter(torch.stack([depth, nose, depth * x, depth * y]).flatten(1))
        self.ridge = ridge
        self.register_buffer("eye", torch.eye(10))

    def forward(self, flow, weight):
        """flow: (B,2,n,n) px; weight: (B,1,n,n) >= 0. Returns the fitted (B,2,n,n)."""
        shape = flow.shape
        basis = torch.cat([self.fixed, self.learned])  # K, P
        w = weight.flatten(2)
        w = w / (w.sum(2, keepdim=True) + 1e-3)
        weighted = basis * w  # B, K, P
        gram = weighted @ basis.T + self.ridge * torch.cat([self.eye[:, :1] * 0.01, self.eye[:, 1:]], 1)
        right = weighted @ flow.flatten(2).transpose(1, 2)  # B, K, 2
        coefficients = solve(gram, right)
        return (coefficients.transpose(1, 2) @ basis).reshape(shape)


def solve(gram, right):
    """Solve (B,K,K) @ x = (B,K,2) for symmetric positive definite `gram`, without pivoting."""
    system = torch.cat([gram, right], 2)
    size = gram.shape[1]
    unit = torch.eye(size, device=gram.device).unsqueeze(0)
    for k in range(size):
        row = system[:, k : k + 1] / system[:, k : k + 1, k : k + 1]
        # row k becomes `row`, column k the unit vector
        system = system - (system[:, :, k : k + 1] - unit[:, :, k : k + 1]) * row
    return system[:, :, size:]
