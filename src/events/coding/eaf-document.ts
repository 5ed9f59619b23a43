import { Parser } from 'saxen';

/** What is read of an ELAN document. */
export interface EafDocument {
  readonly media: readonly string[];
  readonly tiers: readonly EafTier[];
}

export interface EafTier {
  readonly id: string;
  readonly parent: string | undefined;
  readonly annotator: string;
  readonly annotations: readonly EafAnnotation[];
}

/** An annotation has times of its own or hangs on another one. */
export interface EafAnnotation {
  readonly id: string;
  /** Milliseconds; undefined where it hangs on another, or its times are not aligned. */
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly on: string | undefined;
  readonly value: string;
}

type Attributes = Readonly<Record<string, string>>;
type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Reads an ELAN document (EAF 2 and 3). Entities beside those of XML itself are not expanded. @throws {Error} where it is not XML */
export function parseEaf(xml: string): EafDocument {
  const reader = new Reader();
  const parser = new Parser();
  parser.on('openTag', (name, attributes, decode) => {
    const decoded = Object.entries(attributes()).map(([key, value]) => [key, decode(value)] as const);
    reader.open(name, Object.fromEntries(decoded));
  });
  parser.on('text', (text, decode) => {
    reader.text(decode(text));
  });
  parser.on('cdata', (text) => {
    reader.text(text);
  });
  parser.on('error', (error) => {
    throw error;
  });
  parser.parse(xml);
  if (!reader.isEaf) throw new Error('no ANNOTATION_DOCUMENT');
  return reader;
}

class Reader implements EafDocument {
  readonly media: string[] = [];
  readonly tiers: (EafTier & { readonly annotations: Mutable<EafAnnotation>[] })[] = [];
  isEaf = false;
  readonly #slots = new Map<string, number>();
  #valueOf: Mutable<EafAnnotation> | undefined;
  #inValue = false;

  open(name: string, attributes: Attributes): void {
    this.#inValue = name === 'ANNOTATION_VALUE';
    if (name === 'ANNOTATION_DOCUMENT') this.isEaf = true;
    else if (name === 'MEDIA_DESCRIPTOR') this.media.push(attributes['MEDIA_URL'] ?? '');
    else if (name === 'TIME_SLOT' && attributes['TIME_VALUE'] !== undefined)
      this.#slots.set(attributes['TIME_SLOT_ID'] ?? '', Number(attributes['TIME_VALUE']));
    else if (name === 'TIER')
      this.tiers.push({
        id: attributes['TIER_ID'] ?? '',
        parent: attributes['PARENT_REF'],
        annotator: attributes['ANNOTATOR'] ?? '',
        annotations: [],
      });
    else if (name === 'ALIGNABLE_ANNOTATION' || name === 'REF_ANNOTATION') this.#annotation(attributes);
  }

  text(text: string): void {
    if (this.#inValue && this.#valueOf) this.#valueOf.value += text;
  }

  #annotation(attributes: Attributes): void {
    const time = (slot: string): number | undefined => this.#slots.get(attributes[slot] ?? '');
    this.#valueOf = {
      id: attributes['ANNOTATION_ID'] ?? '',
      from: time('TIME_SLOT_REF1'),
      to: time('TIME_SLOT_REF2'),
      on: attributes['ANNOTATION_REF'],
      value: '',
    };
    this.tiers.at(-1)?.annotations.push(this.#valueOf);
  }
}
