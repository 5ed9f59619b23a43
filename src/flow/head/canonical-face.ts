/*
 * Mean face of 34 people looking into the camera with a neutral face (Face Research Lab London Set, CC BY 4.0: DeBruine & Jones 2017, doi
 * 10.6084/m9.figshare.5047666), as FaceMesh's 468 points see it, aligned by similarity, averaged and made symmetric: little-endian int16,
 * x, y, z of each point in hundredths of a pixel of the reference crop (outer eye corners 88 px apart, the origin between them; z away
 * from the camera). People differ from it by .8, 1.1 and .5 px (standard deviation across people, x, y, z).
 */
const MEAN_FACE = [
  'AAB+Fg70AABDDs/uAAAWEYn0Gf4SBlPyAACcCyHuAABJCDXvAACLANP1kO+RADb/AAAi+5j3AADI9zv3AADg6n76AAC0F0b0AACbGAT1AAD0GAT2AAClGQH2AACQGpb1AADLGxH1AAA1HWD1AAAEIK',
  'X3AACrD/DvHP6bDxbz8ua/99QKH/bJAq78zvP8Atb8oPHZAnz9we6ZAYP/FfgfAu78QvPd/Aj8ofX5/Af8DPE8/cj8hu8H/rf93exIA6EAffe6JAb60O4AAAAAB+a8Ai0LQerQARYDs/TKDNj5Sv0j',
  'Fmb0q/2UGFn1hPoCF7P1svgmGE/3q/vRGD32RPoZGfX3/vVAHIr6KP47Dgbv4v2vC2jureuL+5b+Pfl+BtD5I/nYDdD0/viJDJP1o+3MDNv8//2bCPXvQ/HW+H/6+u20+VH8M+nr8loGV/vA+mX4uv',
  'eo/bT8N/T7GTn7i+jMGvkPzfo+D6X1sPz9D0n1w/bUGfT63/eZGUj6l+wI+Jf9Gvn7Dgr2rPUH+Sb5M/XT9sT4oPJk7Hr98upK9VQBIvRE8fT6NOp9+roAj+gs+XMFb/2VF5n0K/sfGNX1ZvmzGFX3',
  'aPuuDw/2S/fBGZz6fvjsGRn5+veLGTz65ftXDnPyePoHGSH4GPzoGCD38v3qGEz2Gv39H7v3Xv0SHYz1ff2RG031o/1gGt71z/2eGU72MPqZGS74Cfq7Gfb3dPl9Gl/3DPlgG8T3t/aOFT/4BuZyDi',
  '8UAABCEPHyI/mtGWL58Pi3GT75Yv0YESP17fmEEKb3Dv2QECn10vYGCIr6CPO8CSj7pPiwDdf26uwM75cBou6L8u/9ZPCz9g77zffAHVj5jfpW95D3tPn38DT5xfgm6xX7yO9yAoj+Y+orBd8BVflw',
  'AUb90ey3/sn/1vrGBAb5c/rXDJHy9ucWB1sE/uvKBqb//u6QB2n9ZPMZB1H8p/YIBtP7FfnHBDj71P1FAbj2VehaDGYD0Opx/vMA7f6QDxXwivncCLn4W+X+AhQT3PpVA+/6cfjuDTD5Gu5OAHIAYP',
  'pAC4bz2uaOFLkSWPl6AO/9H/ylCVLxf+3cHxYDrO0EIy0HJ+aCDccLleq4HEIGOueT/QMJAPdxJzn7Lv8pEBjzg/fECn75Q+htAnIFxPFSAcP9vvOQASz9uPedGnr5yuiCEcgDPPvYKqn7SvT8J5gA',
  'OvEAJnkDAAAL8bD4AAA6K+76s/VsARP9i/cGAWf9u/jEAOX9HOkL/mEDX/ev/iL9afUD/sP8c/Pb/eD8dfFH/nH9MfD6/jf+wuXI/IgPc/DyAIz+AADPEvv02PgCFDD3ufrWDsz0C/0LEyL1AADP/a',
  'n3r/DrIoYAufM9Jfz9E/vzKNT47OqeH8gLwPi6/5j9YfwzBdP1AABCKTj4hvemKaH98uYgExML1/uMGSX3h/sXGqv2PfsJGz72+vphHIj2KfoOHzn44/iRGUT5VvhiGSH5sPcoGSL5/fSWF7f52Ot5',
  'Eu/+YPzaAg34Lfus/kn8u/ks/y79HPkoGVv5n+vEGAYCIf1a/kP5uPjtIU/5AACgBYjx7f3FA0/0AAAoA8bz7fotCbH1AAB+JhT3AAATI1n3PfwKI9T3nvOeHdn7jPYDEJz59/UrIKX69vDVD5T6RP',
  'SREtP5/u4QFCz8aPtNJsL3pvm1Ckj3gvHRH/f9fvR4Ij38ufGQGk38bunlFVUEre4+G63+Mug7GK4JZ/LuFan6Afv+BmP3K/vtDQPyzPmnDn70DvwkDF/wZfnU/KL7vvWq+zn7ivJu+2H70+/M+1X8',
  '3u3W/Mz9auwHAWMBwuURCJ8LI+5GBGH/ffDnBOj9h/PiBOf8c/ZLBIH8uPhoA2v8Rfp/Akv8qOW6CHIU6/lTD6H1Z/xaB+nzq/zwDS7w8f0wDwnxufxlDkvxl/oVEF/2R/5mD2nwiv79DxjzJvqkAI',
  'v9ffsWARL8MPxZAVz6b++F/wD/Ru7s/hT/5wESBlPycBCRADb/5AGbDxbzDhm/99QK4QnJAq78Mgz8Atb8YA7ZAnz9PxGZAYP/6wcfAu78vgzd/Aj8Xwr5/Af89A48/cj8ehAH/rf9IxNIA6EAgwi6',
  'JAb6MBEAAAAA+Rm8Ai0LvxXQARYDTQvKDNj5tgIjFmb0VQKUGFn1fAUCF7P1TgcmGE/3VQTRGD327gUsGcf3AgpAHIr62AE7DgbvHgKvC2juUxSL+5b+wwZ+BtD53QbYDdD0AgeJDJP1XRLMDNv8AQ',
  'KbCPXvvQ7W+H/6BhK0+VH8zRbr8loGqQTA+mX4Rgio/bT8yQv7GTn7dRfMGvkPMwU+D6X1UAP9D0n1PQnUGfT6PQikGVH6aRMI+Jf95gb7Dgr2VAoH+Sb5zQrT9sT4YA1k7Hr9DhVK9VQB3gtE8fT6',
  'zBV9+roAcRcs+XMFkQKVF5n01QQfGNX1mgazGFX3mASuDw/2tQjBGZz6wgcTGhn5IQiZGUj6GwRXDnPyvAUZGfX36APoGCD3DgLqGEz25gL9H7v3ogISHYz1gwKRG031XQJgGt71MQKeGU729wW7Gf',
  'b3HgbbGb33jAZ9Gl/39AZgG8T3SQmOFT/4+hlyDi8UHQeRGUT5UAeaGR/5ngIYESP1EwaEEKb38gKQECn1LgkGCIr6+Ay8CSj7XAewDdf2FhMM75cBXhGL8u/9nA+z9g77MwjAHVj5cwVW95D3TAb3',
  '8DT5Owcm6xX7OBByAoj+nRUrBd8BqwZwAUb9LxO3/sn/KgXGBAb5jQXXDJHyChgWB1sEAhTKBqb/AhGQB2n9nAwZB1H8WQkIBtP76wbHBDj7LAJFAbj2qxdaDGYDMBVx/vMAEwGQDxXwdgbcCLn4pR',
  'r+AhQTJAVVA+/6jwfuDTD55hFOAHIAoAVAC4bzJhmOFLkSqAZ6AO/94QOlCVLxgRLcHxYDVBIEIy0H2RmCDccLaxW4HEIGxhiT/QMJAAlxJzn70gApEBjzfQjECn75vRdtAnIFPA5SAcP9QgyQASz9',
  'SAidGnr5NheCEcgDxATYKqn7tgv8J5gAxg4AJnkDTQpsARP9dQgGAWf9RQfEAOX95BYL/mEDoQiv/iL9lwoD/sP8jQzb/eD8iw5H/nH9zw/6/jf+PhrI/IgPjQ/yAIz+KAcCFDD3RwXWDsz09QILEy',
  'L1UQ/rIoYARww9Jfz97QTzKNT4FBWeH8gLQAe6/5j9nwMzBdP1egimKaH9DhkgExMLKQSMGSX3eQQXGqv2wwQJGz72BgVhHIj21wUOHzn4qgdiGSH5UAgoGSL5pAj/GCT5AwuWF7f5KBR5Eu/+oAPa',
  'Ag340wSs/kn8RQYs/y79HQdPGUD5YRTEGAYC3wJa/kP5SAftIU/5EwLFA0/0EwUtCbH1wwMKI9T3YgyeHdn7dAkDEJz5CQorIKX6Cg/VD5T6vAuREtP5AhEQFCz8mARNJsL3Wga1Ckj3fg7RH/f9gg',
  't4Ij38Rw6QGk38khblFVUEUxE+G63+zhc7GK4JmQ3uFan6/wT+BmP31QTtDQPyNAanDn708gMkDF/wmwbU/KL7Qgqq+zn7dg1u+2H7LRDM+1X8IhLW/Mz9lhMHAWMBPhoRCJ8L3RFGBGH/gw/nBOj9',
  'eQziBOf8jQlLBIH8SAdoA2v8uwV/Akv8WBq6CHIUFQZTD6H1mQNaB+nzVQPwDS7wDwIwDwnxRwNlDkvxaQUVEF/2uQFmD2nwdgH9Dxjz2gWkAIv9gwQWARL80ANZAVz6kRCF/wD/uhHs/hT/',
].join('');

/** x, y, z of the 468 FaceMesh points of a mean face, px of the reference crop; z grows away from the camera. */
export const CANONICAL_FACE: Float32Array = decode();

function decode(): Float32Array {
  const bytes = Buffer.from(MEAN_FACE, 'base64');
  return Float32Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readInt16LE(2 * i) / 100);
}
