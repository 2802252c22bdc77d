interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly responses: Readonly<Record<string, object>>;
}

/** As GET, without the bytes. */
export function headOf(get: Operation): Operation {
  const heads = Object.entries(get.responses).map(([status, answer]) => [
    status,
    { ...answer, content: undefined },
  ]);
  return {
    ...get,
    operationId: get.operationId.replace('get', 'head'),
    summary: `${get.summary}: its headers alone`,
    responses: Object.fromEntries(heads) as Operation['responses'],
  };
}

/** A Schema Object: a form with these fields and no other. */
export function formOf(properties: Readonly<Record<string, object>>, required: readonly string[]): object {
  return { type: 'object', required, properties, additionalProperties: false };
}

/** A field of a form: an image as a file. */
export const IMAGE_FILE = { type: 'string', contentMediaType: 'application/octet-stream' };
