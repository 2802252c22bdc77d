import nock from 'nock';

export const PREFIX = 'thumbnailer.';
export const REGION = 'eu-west-1';

export interface GetParametersCall {
  readonly target: string | null;
  readonly authorization: string | null;
  readonly securityToken: string | null;
  readonly body: { readonly Names: string[]; readonly WithDecryption: boolean };
}

/** Parameter Store's GetParameters, as the AWS SDK speaks to it, without a network; for suites that use nock. */
export class StubbedParameterStore {
  readonly calls: GetParametersCall[] = [];
  /** Answers wait for it. */
  gate: Promise<void> = Promise.resolve();
  #answer: (names: readonly string[]) => readonly [status: number, body: object] = () => [200, {}];

  static start(): StubbedParameterStore {
    const store = new StubbedParameterStore();
    nock(`https://ssm.${REGION}.amazonaws.com`)
      .persist()
      .post('/')
      .reply((request: Request) => store.#reply(request));
    return store;
  }

  stop(): void {
    nock.cleanAll();
  }

  /** From now on these are the parameters, named without the prefix. */
  hold(values: Readonly<Record<string, string>>): void {
    const stored = new Map(Object.entries(values).map(([name, value]) => [PREFIX + name, value]));
    this.#answer = (names) => {
      const found = names.flatMap((Name) => (stored.get(Name) ? [{ Name, Value: stored.get(Name) }] : []));
      const missing = names.filter((name) => !stored.has(name));
      return [200, { Parameters: found, InvalidParameters: missing }];
    };
  }

  answerWith(body: object): void {
    this.#answer = () => [200, body];
  }

  failWith(status: number, type: string, message: string): void {
    this.#answer = () => [status, { __type: type, message }];
  }

  async #reply(request: Request) {
    const { headers } = request;
    const body = (await request.json()) as GetParametersCall['body'];
    this.calls.push({
      target: headers.get('x-amz-target'),
      authorization: headers.get('authorization'),
      securityToken: headers.get('x-amz-security-token'),
      body,
    });
    await this.gate;
    const [status, answer] = this.#answer(body.Names);
    return [status, JSON.stringify(answer), { 'content-type': 'application/x-amz-json-1.1' }] as const;
  }
}
