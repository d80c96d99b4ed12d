// An instance that sends mails until none is due, or until it dies where a mail says so. Runs from dist/.

import { openReconnectingPool } from '../../dist/core/database/reconnecting-pool.js';
import { openSmtp } from '../../dist/core/mail/smtp-transport.js';
import { sendNext } from '../../dist/core/outgoing/outgoing-worker.js';

const [databaseUrl, smtpUrl] = process.argv.slice(2);
const die = () => process.kill(process.pid, 'SIGKILL');
let place;
const trial = {
  name: 'trial',
  channel: 'mail',
  compose: async ({ contents: [content] }) => {
    place = content.place;
    if (place === 'writing') die();
    const mail = {
      to: `${place}@example.com`,
      subject: '核对',
      text: '核对',
      html: '<p>核对</p>',
      headers: {},
    };
    return { mail };
  },
};
const link = openReconnectingPool({ url: databaseUrl, poolSize: 1 });
// The server reads from it whom to end.
const smtp = openSmtp({
  url: smtpUrl,
  from: '客户档案 <crm@example.com>',
  name: `instance-${process.pid}.example`,
});
const mail = {
  send: async (mail, id) => {
    const outcome = await smtp.send(mail, id);
    if (place === 'recording') die();
    return outcome;
  },
};
const scene = () => ({ now: new Date(), settings: {}, publicUrl: '' });
while (await sendNext(link, [trial], { mail, robot: null }, scene()));
await link.close();
