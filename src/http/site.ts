import { INPUT_FORMATS, type InputFormat } from '../domain/image/formats.ts';

/** Where the public interface is, and which parts of it there are. */
export interface Site {
  /** Prefix of every public path, as `/img`; empty where the service has the root. */
  readonly basePath: string;
  /** Whether the operator offers forms to people. */
  readonly form: 'on' | 'off';
  /** `required`: unsigned requests are refused, and so whatever a form sends. */
  readonly signatures: 'optional' | 'required';
  /** Whether images may be sent here. */
  readonly uploads: boolean;
  /** What images may be encoded as. */
  readonly inputFormats: readonly InputFormat[];
}

/** The whole interface, at the root. */
export const WHOLE_SITE: Site = {
  basePath: '',
  form: 'on',
  signatures: 'optional',
  uploads: true,
  inputFormats: INPUT_FORMATS,
};

/** Whether there is a form that a person could use: one signs nothing. */
export function hasForm({ form, signatures }: Site): boolean {
  return form === 'on' && signatures === 'optional';
}
