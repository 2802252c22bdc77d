import { expect } from 'chai';
import { RecentPages } from '../../../src/http/pages/recent-pages.ts';

describe('RecentPages', () => {
  const pageOf = (text: string, ms = 0) => `${text} <b id="processing-time">${ms}</b> ms`;

  it('renders a page once for the same facts, and again for others', () => {
    const pages = new RecentPages();
    let rendered = 0;
    const find = (facts: unknown) => {
      const render = () => pageOf(`page ${(rendered += 1)}`);
      return pages.find(facts, 0, render).toString();
    };
    expect(find(['a', { size: '64' }])).to.equal(pageOf('page 1'));
    expect(find(['a', { size: '64' }])).to.equal(pageOf('page 1'));
    expect(find(['a', { size: '65' }])).to.equal(pageOf('page 2'));
    expect(find(['a"', { size: '64' }])).to.equal(pageOf('page 3'));
    expect(find(['a', { size: '64' }])).to.equal(pageOf('page 1'));
  });

  it('says the processing time of each request', () => {
    const pages = new RecentPages();
    const times = [3, 12, 0].map((ms) => pages.find(['a'], ms, () => pageOf('7 × 3', ms)).toString());
    expect(times).to.deep.equal([3, 12, 0].map((ms) => pageOf('7 × 3', ms)));
  });

  it('leaves a page that it handed out as it was', () => {
    const pages = new RecentPages();
    const render = () => pageOf('page', 1);
    const first = pages.find(['a'], 1, render);
    expect(pages.find(['a'], 2, render).toString()).to.equal(pageOf('page', 2));
    expect(first.toString()).to.equal(pageOf('page', 1));
    expect(pages.find(['a'], 2, render)).to.equal(pages.find(['a'], 2, render));
  });

  it('refuses a page that does not say it, or says it twice', () => {
    const pages = new RecentPages();
    expect(() => pages.find(['a'], 1, () => 'page')).to.throw();
    expect(() => pages.find(['b'], 1, () => pageOf('page').repeat(2))).to.throw();
  });

  it('keeps some megabytes of them', () => {
    const pages = new RecentPages();
    let rendered = 0;
    const ask = (index: number) =>
      pages.find([index], 0, () => {
        rendered += 1;
        return pageOf('x'.repeat(100_000));
      });
    for (let index = 0; index < 200; index += 1) ask(index);
    rendered = 0;
    for (let index = 199; index >= 0; index -= 1) ask(index);
    expect(rendered).to.be.within(150, 185);
  });
});
