// What we push, read by others' programs: the CloudEvents SDK takes every request as events, Standard Webhooks' own library verifies every signature.
import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { HTTP } from 'cloudevents';
import { Webhook } from 'standardwebhooks';
import { CentralStore } from '../lib/central_store.mjs';
import { Lab } from '../lib/harness.mjs';

for (const batch of [1, 50])
  test(`${batch === 1 ? 'single events' : 'batches'}: parsed by cloudevents, verified by standardwebhooks`, async (t) => {
    const store = await CentralStore.open(t, { batch });
    const lab = await Lab.open(t);
    const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    writeFileSync(lab.file('whsec'), `${secret}\n`);
    chmodSync(lab.file('whsec'), 0o600);
    lab.writeConfig({ central: { url: store.url, secret_file: lab.file('whsec'), raw_messages: 'plain' } });
    await lab.start();
    await lab.citizen('+84987654321').send('PA Đường vào thôn 3 bị sụt lún');
    await store.until(() => store.ofType('notice.received').length >= 1);
    let count = 0;
    for (const { method, headers, body } of store.requests) {
      if (method !== 'POST') continue;
      new Webhook(secret).verify(body, headers);
      const events = [HTTP.toEvent({ headers, body })].flat();
      for (const event of events) {
        assert.ok(event.validate());
        assert.match(event.source, /^\/vn\/38\/pakn-sms\/th-01$/);
        if (event.type === 'vn.pakn.case.submitted') assert.equal(event.data.text, 'Đường vào thôn 3 bị sụt lún');
      }
      count += events.length;
    }
    assert.ok(count >= 5);
  });
