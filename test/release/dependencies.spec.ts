import { expect } from 'chai';
import { type LockedPackages, readLockfile } from '../../scripts/release/lockfile.ts';
import { needlessCopies, unpinned } from './locked-dependencies.ts';

const locked = readLockfile(`${import.meta.dirname}/../..`);

describe('dependencies', () => {
  it('are of one exact version', () => {
    expect(unpinned(locked['']!)).to.deep.equal([]);
  });

  it('are there in one copy wherever one is enough', () => {
    expect(Object.keys(locked).length).to.be.greaterThan(100);
    expect(needlessCopies(locked)).to.deep.equal([]);
  });
});

describe('the checks of dependencies', () => {
  it('find what is not pinned', () => {
    const dependencies = { a: '1.2.3', b: '^1.2.3', c: 'latest', d: '1.2', e: '1.2.3-beta.1' };
    const devDependencies = { f: 'github:someone/f', g: '>=1.0.0' };
    const found = unpinned({ dependencies, devDependencies, peerDependencies: { h: '^1.0.0' } });
    expect(found.map((line) => line[0])).to.deep.equal(['b', 'c', 'd', 'f', 'g']);
  });

  const withCopy = (range: string): LockedPackages => ({
    '': { dependencies: { a: '1.0.0', b: '1.5.0' } },
    'node_modules/a': { version: '1.0.0', dependencies: { b: range } },
    'node_modules/a/node_modules/b': { version: '1.4.0' },
    'node_modules/b': { version: '1.5.0' },
  });
  const COPY = 'node_modules/a/node_modules/b';

  it('find a copy that nobody needs, and leave one that somebody does', () => {
    expect(needlessCopies(withCopy('^1.4.0'))).to.deep.equal([COPY]);
    expect(needlessCopies(withCopy('~1.4.0'))).to.deep.equal([]);
    const another = { version: '1.0.0', peerDependencies: { b: '1.4.0' } };
    expect(needlessCopies({ ...withCopy('^1.4.0'), 'node_modules/a/node_modules/c': another })).to.deep.equal(
      [],
    );
  });

  it('find a copy between two others', () => {
    const packages: LockedPackages = {
      'node_modules/a': { version: '1.0.0' },
      'node_modules/a/node_modules/@s/c': { version: '1.0.0', dependencies: { b: '2' } },
      'node_modules/a/node_modules/@s/c/node_modules/b': { version: '2.0.0' },
      'node_modules/a/node_modules/b': { version: '2.1.0' },
      'node_modules/b': { version: '1.0.0' },
    };
    expect(needlessCopies(packages)[0]).to.equal('node_modules/a/node_modules/@s/c/node_modules/b');
  });
});
