// Makes the pages more comfortable. Each does all of its work without it.
const { document, history, navigator, performance, window, DataTransfer } = globalThis;
const { fetch, clearInterval, clearTimeout, setInterval, setTimeout } = globalThis;

const form = document.querySelector('#ask');
if (form !== null) {
  showProgress();
  if (form.elements.image !== undefined) takeFiles();
}
const thumbnail = document.querySelector('#thumbnail');
if (thumbnail !== null) {
  keepAddress();
  weighFormats();
  offerSaving();
}
offerCopying();
const answer = document.querySelector('[data-answer-of]');
if (answer !== null) showAnswer(answer);

/** What the API answers to the request that was tried: status, headers, and a text, as curl would show them. */
async function showAnswer(element) {
  const response = await fetch(element.dataset.answerOf);
  const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`);
  const isText = /json/.test(response.headers.get('content-type') ?? '');
  const body = isText ? JSON.stringify(await response.json(), undefined, 2) : '(the bytes of the image)';
  element.textContent = [`HTTP ${response.status}`, ...headers, '', body].join('\n');
  element.closest('.snippet').hidden = false;
}

/** Says that it is working, for how long, and lets it be cancelled: the server notices, and stops its work too. */
function showProgress() {
  const submit = form.querySelector('input[type=submit]');
  const cancel = document.querySelector('#cancel');
  const file = document.querySelector('#id_image');
  const label = submit.value;
  let timer;

  const ready = (sentence) => {
    clearInterval(timer);
    timer = undefined;
    form.removeAttribute('aria-busy');
    submit.removeAttribute('aria-disabled');
    submit.value = label;
    cancel.hidden = true;
    if (file !== null) file.disabled = false;
    say(sentence);
  };
  const stop = () => {
    window.stop();
    ready('Cancelled. What you entered is still there.');
    submit.focus();
  };

  form.addEventListener('submit', (event) => {
    if (timer !== undefined) return event.preventDefault();
    const begunAt = Date.now();
    const tick = () => {
      const seconds = Math.floor((Date.now() - begunAt) / 1000);
      submit.value = seconds === 0 ? 'Working…' : `Working… ${seconds} s`;
      // Every second would talk over everything else.
      if (seconds % 5 === 0) {
        say(seconds === 0 ? 'Working' : `Still working, after ${seconds} seconds`, { isShown: false });
      }
    };
    timer = setInterval(tick, 1000);
    tick();
    form.setAttribute('aria-busy', 'true');
    submit.setAttribute('aria-disabled', 'true');
    cancel.hidden = false;
    // A sample needs no file to be sent along. Without one the plain form says the same, and is read in half the time; what
    // is disabled is left out of it.
    const hasFile = event.submitter?.name !== 'sample' && file?.files.length > 0;
    if (file !== null) file.disabled = !hasFile;
    form.enctype = hasFile ? 'multipart/form-data' : 'application/x-www-form-urlencoded';
  });
  cancel.addEventListener('click', stop);
  document.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape' && timer !== undefined) stop();
  });
  // Also when the browser brings the page back as it was left.
  window.addEventListener('pageshow', () => ready(''));
}

/** Tells what happened, to screen readers too; not shown where the page shows it in another way. */
function say(sentence, { isShown = true } = {}) {
  const progress = document.querySelector('#progress');
  progress.classList.toggle('visually-hidden', !isShown || sentence === '');
  progress.textContent = sentence;
}

/** Takes an image or an address that is dropped or pasted anywhere on the page, as from another page. */
function takeFiles() {
  const file = document.querySelector('#id_image');
  const url = document.querySelector('#id_image_url');
  const remove = document.querySelector('#remove');
  const drop = document.querySelector('#drop');

  const show = () => {
    const [chosen] = file.files;
    drop.classList.toggle('filled', chosen !== undefined);
    remove.hidden = chosen === undefined;
    // Where nothing is to be sent, the browser itself says so at once.
    url.required = chosen === undefined;
  };
  const clear = () => {
    file.value = '';
    show();
  };
  const take = (transfer) => {
    // Of any type: browsers know no HEIC, and the service says best what it cannot read.
    const [image] = transfer.files;
    if (image === undefined) return false;
    const taken = new DataTransfer();
    taken.items.add(image);
    file.files = taken.files;
    show();
    say(`Chosen: ${image.name}`);
    return true;
  };
  const takeAddress = (text) => {
    const [address] = text.trim().split(/\r?\n/, 1);
    // As in the field, a host's name will do.
    if (!/^(https?:\/\/|s3:\/\/|\/|[^\s/:@?#]+\.[^\s/:@?#.]+\/)\S+$/i.test(address)) return false;
    url.value = address;
    clear();
    say('The address is in the field. Press "Thumbnail it!"');
    return true;
  };

  document.querySelector('#drop-hint').hidden = false;
  file.addEventListener('change', show);
  remove.addEventListener('click', () => {
    clear();
    file.focus();
  });
  window.addEventListener('pageshow', show);
  document.addEventListener('paste', (event) => {
    const isInField = event.target === url;
    const { clipboardData } = event;
    const text = clipboardData.getData('text/plain');
    // Out of a spreadsheet or a document, an address comes with a picture of itself.
    const isLink = /^\s*https?:\/\//i.test(text);
    const isTaken = isInField
      ? !isLink && take(clipboardData)
      : (isLink && takeAddress(text)) || take(clipboardData) || takeAddress(text);
    if (isTaken) event.preventDefault();
  });
  document.addEventListener('dragover', (event) => {
    // Without this the browser would leave the page to show what is dropped.
    event.preventDefault();
    drop.classList.add('over');
  });
  document.addEventListener('dragleave', ({ relatedTarget }) => {
    if (relatedTarget === null) drop.classList.remove('over');
  });
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    drop.classList.remove('over');
    const { dataTransfer } = event;
    const isTaken =
      take(dataTransfer) ||
      takeAddress(dataTransfer.getData('text/uri-list')) ||
      takeAddress(dataTransfer.getData('text/plain'));
    if (!isTaken) say('Drop an image, or a link to one.');
  });
}

/** The answer to a form has no address of its own; with one, it can be shared, loaded again and gone back to. */
function keepAddress() {
  const share = document.querySelector('#share');
  if (share !== null) history.replaceState(null, '', share.href);
}

/** The server does not know how large the other formats are: it makes them when the browser asks for them. */
function weighFormats() {
  for (const image of document.querySelectorAll('[data-bytes]')) {
    const text = document.getElementById(image.dataset.bytes);
    const weigh = () => {
      const bytes = performance.getEntriesByName(image.currentSrc).at(-1)?.encodedBodySize ?? 0;
      if (bytes > 0) text.textContent = fileSize(bytes);
    };
    image.addEventListener('load', weigh);
    // The browser may not know the format, or the service may not make it now: which, an image does not say.
    image.addEventListener('error', () => (text.textContent = "couldn't be shown"));
    if (image.complete && image.naturalWidth > 0) weigh();
  }
}

/** As the page writes it. */
function fileSize(bytes) {
  if (bytes < 1e3) return `${bytes} bytes`;
  const [unit, size] = bytes < 1e6 ? ['kB', bytes / 1e3] : ['MB', bytes / 1e6];
  return `${Math.round(size * 10) / 10} ${unit}`;
}

function offerSaving() {
  const save = document.querySelector('#save');
  save.href = thumbnail.src;
  save.hidden = false;
}

function offerCopying() {
  const announcement = document.querySelector('#announcement');
  for (const button of document.querySelectorAll('[data-copy]')) {
    button.hidden = false;
    let timer;
    button.addEventListener('click', async () => {
      const snippet = document.querySelector(`[aria-labelledby=${button.dataset.copy}] code`);
      const copied = await copy(snippet);
      button.textContent = copied ? 'Copied' : 'Press Ctrl+C';
      announcement.textContent = copied ? 'Copied' : 'Selected. Copy it with Ctrl+C.';
      clearTimeout(timer);
      timer = setTimeout(() => {
        button.textContent = 'Copy';
        announcement.textContent = '';
      }, 4000);
    });
  }
}

/** The clipboard is there only over https and on localhost; elsewhere the browser copies what is selected. */
async function copy(element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
    return true;
  } catch {
    window.getSelection().selectAllChildren(element);
    return document.execCommand('copy');
  }
}
