import { GraphQLError, type GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, FieldResolver, Info, Mutation, Resolver, Root } from 'type-graphql';
import { decideAccess } from '../../core/access/shield.ts';
import type { Context } from '../../core/context.ts';
import { unauthenticated } from '../../core/errors.ts';
import { Extensions } from '../../core/model/extensions.ts';
import type { Row } from '../../core/model/model.types.ts';
import { readRow } from '../../core/model/read.ts';
import { nodeSelection, selectedField } from '../../core/model/selection.ts';
import { findViewer } from '../../core/session/authenticate.ts';
import { employeeModel } from '../employee/employee.model.ts';
import { Employee } from '../employee/employee.type.ts';
import { changePassword } from './password.write.ts';
import { endSession, endSessionsOf, refreshSession, type SignedIn, signIn } from './session.service.ts';
import { SessionEndReason } from './session.table.ts';
import { ChangePasswordInput, LoginInput, RefreshSessionInput, Session } from './session.type.ts';

@Resolver(() => Session)
export class SessionResolver {
  @Mutation(() => Session, {
    description:
      'Signs in with e-mail address and password. `UNAUTHENTICATED` alike for a wrong password and for an account that is unknown, disabled or without a password; `RATE_LIMITED` with `extensions.retryAfterSeconds` after 10 failures per account or 100 per network address within 15 minutes. (登录)',
  })
  @Extensions({ writesSession: true })
  async login(
    @Arg('input', () => LoginInput, { description: 'Who signs in. (登录信息)' }) input: LoginInput,
    @Ctx() ctx: Context,
  ): Promise<Session> {
    const { db, authority, address } = ctx;
    const logSignIn = (sessionId: string | null) =>
      ctx.accessLog.noteSignIn(ctx, { account: input.email, sessionId });
    try {
      const signedIn = await signIn(db, authority, {
        email: input.email,
        password: input.password,
        address,
        now: new Date(),
      });
      logSignIn(signedIn.sessionId);
      return signedIn;
    } catch (error) {
      // Attempts refused by the rate limit are not logged, or anybody could fill the log.
      if (error instanceof GraphQLError && error.extensions.code === 'UNAUTHENTICATED') logSignIn(null);
      throw error;
    }
  }

  @Mutation(() => Session, {
    description:
      'Exchanges a refresh token for a new pair of tokens. A client whose connection broke before the answer came may send the same token again within 10 seconds; any other second use ends the session. `UNAUTHENTICATED` when the session is over. (续期会话)',
  })
  @Extensions({ writesSession: true })
  refreshSession(
    @Arg('input', () => RefreshSessionInput, {
      description: 'What the session is continued with. (会话续期信息)',
    })
    input: RefreshSessionInput,
    @Ctx() { db, authority }: Context,
  ): Promise<Session> {
    return refreshSession(db, authority, { refreshToken: input.refreshToken, now: new Date() });
  }

  @Mutation(() => Boolean, {
    description:
      'Signs out: ends the session the request belongs to, with both its tokens and its sockets. Always true. `UNAUTHENTICATED` without a sign-in. (退出登录)',
  })
  @Extensions({ writesSession: true })
  async logout(@Ctx() { db, viewer }: Context): Promise<boolean> {
    if (!viewer) throw unauthenticated();
    await endSession(db, viewer.sessionId, SessionEndReason.LOGOUT);
    return true;
  }

  @Mutation(() => Boolean, {
    description:
      'Signs out everywhere: ends all of one’s sessions, this one too, with their tokens and sockets. Always true. (退出所有设备)',
  })
  @Extensions({ writesSession: true })
  async signOutEverywhere(@Ctx() { db, viewer }: Context): Promise<boolean> {
    if (!viewer) throw unauthenticated();
    await endSessionsOf(db, viewer.id, SessionEndReason.LOGOUT);
    return true;
  }

  @Mutation(() => Boolean, {
    description:
      'Changes one’s own password and ends all other sessions. Always true. BAD_USER_INPUT naming every violation, with WRONG_PASSWORD if the current one is wrong; `RATE_LIMITED` as for `login`. (修改密码)',
  })
  @Extensions({ writesSession: true })
  async changePassword(
    @Arg('input', () => ChangePasswordInput, { description: 'Both passwords. (新旧密码)' })
    input: ChangePasswordInput,
    @Ctx() { db, authority, viewer, address }: Context,
  ): Promise<boolean> {
    if (!viewer) throw unauthenticated();
    await changePassword(db, authority, viewer, { ...input, address, now: new Date() });
    return true;
  }

  @FieldResolver(() => Employee, { description: 'Who signed in. (登录员工)' })
  @Extensions({ access: 'open' })
  async viewer(
    @Root() session: SignedIn,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Row> {
    // The request came without a viewer; the rest of it is read as the employee who has just signed in.
    const claims = { employeeId: session.viewerId, sessionId: session.sessionId };
    const viewer = await findViewer(ctx.db, claims, new Date());
    if (!viewer) throw unauthenticated();
    ctx.decisions = await decideAccess(viewer);
    return readRow(
      { ...ctx, viewer },
      employeeModel,
      viewer.id,
      nodeSelection(selectedField(info), employeeModel),
    );
  }
}
