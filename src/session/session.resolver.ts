import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../context.ts';
import { unauthenticated } from '../errors.ts';
import { endSession, refreshSession, signIn } from './session.service.ts';
import { SessionEndReason } from './session.table.ts';
import { LoginInput, RefreshSessionInput, Session } from './session.type.ts';

@Resolver(() => Session)
export class SessionResolver {
  @Mutation(() => Session, {
    description:
      'Signs in with e-mail address and password. `UNAUTHENTICATED` alike for a wrong password and for an account that is unknown, disabled or without a password; `RATE_LIMITED` with `extensions.retryAfterSeconds` after 10 failures per account or 100 per network address within 15 minutes. (登录)',
  })
  login(
    @Arg('input', () => LoginInput, { description: 'Who signs in. (登录信息)' }) input: LoginInput,
    @Ctx() { db, authority, address, now }: Context,
  ): Promise<Session> {
    return signIn(db, authority, { email: input.email, password: input.password, address, now });
  }

  @Mutation(() => Session, {
    description:
      'Exchanges a refresh token for a new pair of tokens. A client whose connection broke before the answer came may send the same token again within 10 seconds; any other second use ends the session. `UNAUTHENTICATED` when the session is over. (续期会话)',
  })
  refreshSession(
    @Arg('input', () => RefreshSessionInput, { description: 'What the session is continued with. (会话续期信息)' })
    input: RefreshSessionInput,
    @Ctx() { db, authority, now }: Context,
  ): Promise<Session> {
    return refreshSession(db, authority, { refreshToken: input.refreshToken, now });
  }

  @Mutation(() => Boolean, {
    description:
      'Signs out: ends the session the request belongs to, with both its tokens and its sockets. Always true. `UNAUTHENTICATED` without a sign-in. (退出登录)',
  })
  async logout(@Ctx() { db, viewer }: Context): Promise<boolean> {
    if (!viewer) throw unauthenticated();
    await endSession(db, viewer.sessionId, SessionEndReason.LOGOUT);
    return true;
  }
}
