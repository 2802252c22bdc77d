import { InvalidRequestError } from '../../domain/errors/index.ts';
import type { InputFormat } from '../../domain/image/formats.ts';
import type { AssetPath } from './assets.ts';

/** An image that comes with the service, for a first visit. They were drawn for it. */
export interface Sample {
  /** By which the form asks for it. */
  readonly name: string;
  /** What it shows, for a person. */
  readonly label: string;
  readonly format: InputFormat;
  /** What it is an example of. */
  readonly example: string;
  /** Its address on this service. */
  readonly path: AssetPath;
  /** 208×139 pixels. */
  readonly preview: AssetPath;
}

export const SAMPLES: readonly Sample[] = [
  {
    name: 'lake.jpg',
    label: 'Lake',
    format: 'jpeg',
    example: 'JPEG',
    path: '/samples/lake.jpg',
    preview: '/samples/lake-preview.webp',
  },
  {
    name: 'balloon.png',
    label: 'Balloon',
    format: 'png',
    example: 'transparent PNG',
    path: '/samples/balloon.png',
    preview: '/samples/balloon-preview.webp',
  },
  {
    name: 'waves.gif',
    label: 'Waves',
    format: 'gif',
    example: 'animated GIF',
    path: '/samples/waves.gif',
    preview: '/samples/waves-preview.webp',
  },
];

/** Those that a service with these formats can open. */
export function samplesIn(inputFormats: readonly InputFormat[]): readonly Sample[] {
  return SAMPLES.filter(({ format }) => inputFormats.includes(format));
}

/** @throws InvalidRequestError when there is no sample of that name */
export function sampleNamed(name: string): Sample {
  const sample = SAMPLES.find((candidate) => candidate.name === name);
  if (sample !== undefined) return sample;
  const names = SAMPLES.map((known) => known.name).join(', ');
  throw new InvalidRequestError('request', `Unknown sample. Choose ${names}.`);
}
