import { InvalidRequestError, OverloadedError, SignatureRequiredError } from '../../domain/errors/index.ts';
import type { Problem } from '../error-responses.ts';
import { FORM_OPTIONS } from './form-options.ts';
import type { FormView } from './pages.ts';

type FaultView = NonNullable<FormView['error']>;

/**
 * A fault as the form shows it, beside the field that it concerns.
 *
 * @param problem what `error` is answered as
 * @param isUpload whether the image came with the form, or was to
 */
export function faultOfForm(error: unknown, { title, detail, code }: Problem, isUpload: boolean): FaultView {
  const field = fieldAtFault(error, isUpload);
  // Whatever is wrong with the address, a person reads it as one sentence: it cannot be opened.
  const isBadAddress = code === 'invalid-request' && field === 'url';
  return {
    title: isBadAddress ? "Can't open image URL: not a valid URL" : title,
    detail,
    code,
    ...(field !== undefined && { field }),
  };
}

/** What is not said of any field concerns the image, wherever it was to come from, if it is not of the service itself. */
function fieldAtFault(error: unknown, isUpload: boolean): FaultView['field'] {
  if (error instanceof OverloadedError || error instanceof SignatureRequiredError) return undefined;
  if (!(error instanceof InvalidRequestError)) return isUpload ? 'image' : 'url';
  const { field } = error;
  if (field === 'url' || field === 'image') return field;
  return FORM_OPTIONS.find(({ name }) => name === field)?.name;
}
