import type Sharp from 'sharp';

let loaded: Promise<typeof Sharp> | undefined;

/** sharp, loaded when the first picture is read or written: it takes 24 MB and a tenth of a second, and most processes never need it. */
export function loadSharp(): Promise<typeof Sharp> {
  loaded ??= import('sharp').then(({ default: sharp }) => {
    // libvips' cache serves those who open the same file again; here it would only hold old pictures.
    sharp.cache(false);
    return sharp;
  });
  return loaded;
}
