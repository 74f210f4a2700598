'use strict';
// Keys and live pages. Every page works without this file.

const every = 3000;
const list = 'main tbody a, main article a, main .side section > h3 a';

function writes(element) {
  return element instanceof Element && element.closest('input:not([type=checkbox]), select, textarea') !== null;
}

function kept(name, otherwise) {
  try {
    return localStorage.getItem(name) ?? otherwise;
  } catch (blocked) {
    return otherwise;
  }
}

const keys = document.getElementById('keys');
keys.checked = kept('keys', 'on') === 'on';
keys.addEventListener('change', () => {
  try {
    localStorage.setItem('keys', keys.checked ? 'on' : 'off');
  } catch (blocked) {
    keys.title = 'kept for this page only';
  }
});

function step(by) {
  const links = Array.from(document.querySelectorAll(list));
  if (links.length > 0) {
    const row = document.activeElement ? links.indexOf(document.activeElement) : -1;
    const next = row < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, row + by));
    links[next].focus();
  }
}

function follow(selector) {
  const links = document.querySelectorAll(selector);
  if (links.length > 0) {
    links[links.length - 1].click();
  }
}

document.addEventListener('keydown', event => {
  if (!keys.checked || event.ctrlKey || event.altKey || event.metaKey || writes(event.target)) {
    return;
  }
  const actions = {
    j: () => step(1),
    k: () => step(-1),
    '[': () => follow('main a[rel=prev]'),
    ']': () => follow('main a[rel=next]'),
    u: () => follow('header nav li a'),
    '/': () => document.getElementById('q').focus(),
  };
  if (Object.hasOwn(actions, event.key)) {
    event.preventDefault();
    actions[event.key]();
  }
});

async function renew() {
  const answer = await fetch(location.href, {credentials: 'same-origin'});
  if (answer.ok) {
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const open = Array.from(document.querySelectorAll('main details'), one => one.open);
    const main = document.importNode(page.querySelector('main'), true);
    main.querySelectorAll('details').forEach((one, i) => { one.open = open[i] === true; });
    document.querySelector('main').replaceWith(main);
    document.querySelector('footer p').replaceWith(document.importNode(page.querySelector('footer p'), true));
    document.body.dataset.moment = page.body.dataset.moment;
    document.getElementById('news').textContent = '';
  }
}

async function look() {
  try {
    const answer = document.hidden ? null : await fetch('/moment', {credentials: 'same-origin'});
    if (answer !== null && answer.ok) {
      const moment = (await answer.text()).trim();
      if (moment !== document.body.dataset.moment) {
        const main = document.querySelector('main');
        const busy = main.contains(document.activeElement) || !getSelection().isCollapsed;
        if (busy) {
          tell();
        } else {
          await renew();
        }
      }
    }
  } catch (ended) {
    document.getElementById('news').textContent = 'The viewer does not answer; it may have been ended.';
  }
  setTimeout(look, every);
}

function tell() {
  const news = document.getElementById('news');
  if (news.childElementCount === 0) {
    const button = document.createElement('button');
    button.textContent = 'There are newer rows: show them';
    button.addEventListener('click', renew);
    news.replaceChildren(button);
  }
}

if (document.body.dataset.moment !== '') {
  setTimeout(look, every);
}
