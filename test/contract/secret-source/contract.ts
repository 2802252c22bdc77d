import { expect } from 'chai';
import { type SecretSource, SecretSourceError, type Secrets } from '../../../src/ports/secret-source.ts';

/** A source over a backend that the suite can change and break. */
export interface SecretSourceUnderTest {
  readonly source: SecretSource;
  /** Replaces all that the backend holds, and lets pass what time the source takes to see it. */
  readonly change: (values: Secrets) => Promise<void>;
  /** From now on the backend fails whatever it is asked; lets pass what time the source takes to ask. */
  readonly fail: () => Promise<void>;
}

export interface SecretSourceExceptions {
  /** The reason why what this source reads can neither change nor fail while the process runs. */
  readonly unchanging?: string;
}

/** @param open gives a new source over a backend that holds these values */
export function itIsASecretSource(
  open: (values: Readonly<Record<string, string>>) => Promise<SecretSourceUnderTest>,
  { unchanging }: SecretSourceExceptions = {},
): void {
  const all: Required<Secrets> = {
    'memcachier-server': 'cache.example:11211',
    'memcachier-username': 'thumbs',
    'memcachier-password': 's3cret,@:with=signs ',
    'redis-url': 'redis://:s3cret@redis.example:6379',
    'signing-keys': 'a:c2VjcmV0',
    'source-headers': 'images.example: Authorization: Bearer secret',
  };
  const opened: SecretSource[] = [];
  const openSource = async (values: Readonly<Record<string, string>>) => {
    const underTest = await open(values);
    opened.push(underTest.source);
    return underTest;
  };
  afterEach(() => Promise.all(opened.splice(0).map((source) => source.close())));

  it('reads all secrets that are set, as they are', async () => {
    const { source } = await openSource(all);
    expect(await source.read()).to.deep.equal(all);
  });

  it('leaves out what is not set, and what is empty', async () => {
    const { source } = await openSource({ 'memcachier-server': 'cache.example', 'redis-url': '' });
    expect(await source.read()).to.deep.equal({ 'memcachier-server': 'cache.example' });
  });

  it('reads nothing where nothing is set', async () => {
    const { source } = await openSource({});
    expect(await source.read()).to.deep.equal({});
  });

  it('reads no more than the names it knows', async () => {
    const { source } = await openSource({ 'redis-url': 'redis://redis.example', 'other-secret': 'x' });
    expect(await source.read()).to.deep.equal({ 'redis-url': 'redis://redis.example' });
  });

  it('answers all who ask at once alike', async () => {
    const { source } = await openSource(all);
    const answers = await Promise.all([source.read(), source.read(), source.read()]);
    expect(answers).to.deep.equal([all, all, all]);
  });

  it('gives every reader the same, whatever another one did to its answer', async () => {
    const { source } = await openSource({ 'redis-url': 'redis://redis.example' });
    Reflect.set(await source.read(), 'redis-url', 'redis://elsewhere.example');
    expect(await source.read()).to.deep.equal({ 'redis-url': 'redis://redis.example' });
  });

  it('says which source it is, and tells no secret', async () => {
    const { source } = await openSource(all);
    await source.read();
    expect(source.description).to.match(/\w{3}/);
    for (const secret of Object.values(all)) expect(source.description).not.to.contain(secret);
  });

  it('can be closed twice', async () => {
    const { source } = await openSource(all);
    await source.read();
    await source.close();
    await source.close();
  });

  if (unchanging !== undefined) {
    it.skip(`sees changes and outlasts outages (${unchanging})`);
    return;
  }

  it('sees secrets that were changed together, together, without a restart', async () => {
    const { source, change } = await openSource({
      'memcachier-username': 'old',
      'memcachier-password': 'old',
    });
    await source.read();
    await change({ 'memcachier-username': 'new', 'memcachier-password': 'new' });
    expect(await source.read()).to.deep.equal({ 'memcachier-username': 'new', 'memcachier-password': 'new' });
  });

  it('sees that a secret was taken away', async () => {
    const { source, change } = await openSource({ 'signing-keys': 'a:c2VjcmV0' });
    await source.read();
    await change({});
    expect(await source.read()).to.deep.equal({});
  });

  it('goes on answering what it last knew when the source fails later', async () => {
    const { source, fail } = await openSource(all);
    await source.read();
    await fail();
    expect(await source.read()).to.deep.equal(all);
  });

  it('throws a SecretSourceError with a cause when nothing has been read yet and nothing can be', async () => {
    const { source, fail } = await openSource(all);
    await fail();
    const error: unknown = await source.read().catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(SecretSourceError);
    expect((error as SecretSourceError).cause).to.be.instanceOf(Error);
    for (const secret of Object.values(all)) expect((error as Error).message).not.to.contain(secret);
  });

  it('reads once the source answers again, after a first time that failed', async () => {
    const { source, fail, change } = await openSource(all);
    await fail();
    await source.read().catch(() => undefined);
    await change({ 'redis-url': 'redis://redis.example' });
    expect(await source.read()).to.deep.equal({ 'redis-url': 'redis://redis.example' });
  });
}
