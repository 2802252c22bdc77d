/** What a child can be asked to do: functions of one argument, by name. */
export type Handlers<H> = { readonly [K in keyof H]: (argument: never) => unknown };

interface Call {
  readonly name: string;
  readonly argument: never;
}

/** Answers the parent's messages until it is gone, and then ends this process. */
export function answerParent<H extends Handlers<H>>(handlers: H): void {
  const byName = new Map<string, (argument: never) => unknown>(Object.entries(handlers));
  process.on('message', ({ name, argument }: Call) => {
    void answer(byName.get(name), argument);
  });
  process.on('disconnect', () => process.exit());
  // A terminal sends it to everybody. The parent ends its children itself, when it has said why.
  process.on('SIGINT', () => undefined);
}

async function answer(handler: ((argument: never) => unknown) | undefined, argument: never): Promise<void> {
  try {
    if (handler === undefined) throw new Error('there is no such handler');
    process.send?.({ result: await handler(argument) });
  } catch (error) {
    process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}
