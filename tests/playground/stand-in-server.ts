import Fastify from 'fastify';
import { buildSchema, graphql } from 'graphql';
import { useServer as serveSockets } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { registerPlayground } from '../../src/playground/playground.ts';

const accounts = [
  ['admin', '周明', 'ADMIN'],
  ['manager', '陈静', 'MANAGER'],
  ['steward', '林涛', 'DATA_STEWARD'],
  ['sales1', '王芳', 'SALES'],
  ['sales2', '李强', 'SALES'],
  ['service', '赵敏', 'CUSTOMER_SERVICE'],
  ['marketing', '孙丽', 'MARKETING'],
  ['finance', '吴刚', 'FINANCE'],
  ['analyst', '郑伟', 'ANALYST'],
].map(([id, name, role]) => ({ id: `emp_${id}`, email: `${id}@demo.example`, name: name!, role: role! }));

const schema = buildSchema(`
  "An instant (时间)." scalar DateTime
  scalar Decimal
  enum CustomerStage { "潜在客户" POTENTIAL "意向客户" INTENT WON LOST }
  "A member of staff (员工)." type Employee { id: ID! name: String! role: String! }
  type Session { accessToken: String! refreshToken: String! expiresAt: DateTime! viewer: Employee! }
  input LoginInput { email: String! password: String! }
  input RefreshSessionInput { refreshToken: String! }
  "The customer file (客户档案)."
  type Customer { id: ID! "Full legal name (企业全称)." name: String stage: CustomerStage! version: Int! updatedAt: DateTime! owner: Employee fileNumber: String! creditLimit: Decimal }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type CustomerConnection { nodes: [Customer!]! totalCount: Int pageInfo: PageInfo! }
  enum CustomerOrderField { UPDATED_AT } enum OrderDirection { ASC DESC }
  input CustomerOrder { field: CustomerOrderField! direction: OrderDirection! }
  input StageFilter { in: [CustomerStage!] } input CustomerFilter { stage: StageFilter }
  input UpdateCustomerInput { id: ID! expectedVersion: Int! stage: CustomerStage }
  type UpdateCustomerPayload { customer: Customer! }
  type FieldChange { field: String oldValue: String newValue: String }
  type CustomerFileEvent { cursor: String! type: String! occurredAt: DateTime! actor: Employee customer: Customer changes: [FieldChange!]! }
  type Query { viewer: Employee! customers(filter: CustomerFilter, first: Int, after: String, orderBy: [CustomerOrder!]): CustomerConnection! }
  type Mutation { login(input: LoginInput!): Session! refreshSession(input: RefreshSessionInput!): Session! logout: Boolean! updateCustomer(input: UpdateCustomerInput!): UpdateCustomerPayload! }
  type Subscription { customerFileChanged(customerId: ID, segmentId: ID, after: String): CustomerFileEvent! }
`);

export async function startStandIn(port = 0, ttlMs = 900_000) {
  const customer = {
    id: 'cus_01kagq3v5tf8fvh2x0w7r9m4ze',
    fileNumber: 'KH-2026-000017',
    name: '北京信息技术股份有限公司',
    stage: 'POTENTIAL',
    version: 1,
    updatedAt: new Date().toISOString(),
    owner: accounts[3],
    creditLimit: '500000.00',
  };
  const watchers = new Set<(event: unknown) => void>();
  const tokens = new Map<string, { who: (typeof accounts)[0]; until: number }>();
  const refreshTokens = new Map<string, (typeof accounts)[0]>();
  const counts = { refreshes: 0, logouts: 0 };
  const issue = (who: (typeof accounts)[0]) => {
    const accessToken = crypto.randomUUID(),
      refreshToken = crypto.randomUUID();
    tokens.set(accessToken, { who, until: Date.now() + ttlMs });
    refreshTokens.set(refreshToken, who);
    return { accessToken, refreshToken, expiresAt: new Date(Date.now() + ttlMs).toISOString(), viewer: who };
  };
  const failure = async (code: string, message: string) => {
    const { GraphQLError } = await import('graphql');
    return new GraphQLError(message, { extensions: { code } });
  };
  const viewerOf = (header?: string) => {
    const token = tokens.get(header?.replace('Bearer ', '') ?? '');
    return token && token.until > Date.now() ? token.who : undefined;
  };
  const rootValue = {
    login: async ({ input }: any) => {
      const who = accounts.find((a) => a.email === input.email);
      if (!who || input.password !== 'demo')
        throw await failure('UNAUTHENTICATED', 'Wrong e-mail or password. (邮箱或密码错误。)');
      return issue(who);
    },
    refreshSession: async ({ input }: any) => {
      counts.refreshes++;
      const who = refreshTokens.get(input.refreshToken);
      if (!who) throw await failure('UNAUTHENTICATED', 'Sign in first. (请先登录。)');
      refreshTokens.delete(input.refreshToken);
      return issue(who);
    },
    logout: () => {
      counts.logouts++;
      return true;
    },
    viewer: async (_: unknown, ctx: any) =>
      ctx.viewer ?? Promise.reject(await failure('UNAUTHENTICATED', 'Sign in first. (请先登录。)')),
    customers: () => ({ nodes: [customer], totalCount: 1, pageInfo: { hasNextPage: false, endCursor: 'x' } }),
    updateCustomer: ({ input }: any, ctx: any) => {
      const oldValue = customer.stage;
      Object.assign(customer, { stage: input.stage, version: customer.version + 1 });
      for (const watch of watchers)
        watch({
          cursor: `c${customer.version}`,
          type: 'UPDATED',
          occurredAt: new Date().toISOString(),
          actor: ctx.viewer,
          customer: { ...customer },
          changes: [{ field: 'stage', oldValue, newValue: input.stage }],
        });
      return { customer };
    },
    customerFileChanged: () => {
      const queue: unknown[] = [];
      let wake: (() => void) | undefined;
      const watch = (event: unknown) => {
        queue.push(event);
        wake?.();
      };
      watchers.add(watch);
      return {
        [Symbol.asyncIterator]() {
          return this;
        },
        async next() {
          while (!queue.length)
            await new Promise<void>((r) => {
              wake = r;
            });
          return { done: false, value: { customerFileChanged: queue.shift() } };
        },
        async return() {
          watchers.delete(watch);
          return { done: true, value: undefined };
        },
      };
    },
  };
  const app = Fastify();
  app.post('/graphql', async (request) => {
    const { query, variables, operationName } = request.body as any;
    const viewer = viewerOf(request.headers.authorization);
    if (!viewer && query.includes('__schema'))
      return { errors: [{ message: 'Sign in first.', extensions: { code: 'UNAUTHENTICATED' } }] };
    return graphql({
      schema,
      source: query,
      variableValues: variables,
      operationName,
      rootValue,
      contextValue: { viewer },
    });
  });
  await registerPlayground(app, { graphqlPath: '/graphql', demoAccounts: accounts });
  const wss = new WebSocketServer({ server: app.server, path: '/graphql' });
  serveSockets(
    {
      schema,
      roots: { subscription: rootValue },
      onConnect: (ctx) => Boolean(viewerOf(ctx.connectionParams?.authorization as string)),
    },
    wss,
  );
  const url = await app.listen({ port, host: '127.0.0.1' });
  const kick = (code: number) => {
    for (const c of wss.clients) c.close(code, 'Forbidden');
  };
  const change = () => rootValue.updateCustomer({ input: { stage: 'WON' } }, {});
  return {
    kick,
    change,
    url,
    counts,
    tokens,
    watchers,
    close: async () => {
      for (const c of wss.clients) c.terminate();
      await app.close();
    },
  };
}
