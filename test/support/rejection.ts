/** What a promise rejects with; that it resolves instead is the test's failure. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`expected a rejection, but it resolved with ${JSON.stringify(value)}`);
}
