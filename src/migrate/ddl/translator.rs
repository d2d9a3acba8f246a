//! Expressions: each node of SQLite's tree becomes SQL of PostgreSQL with its type.

use turso_parser::ast::{Expr, Literal, Name, Operator, UnaryOperator, blob_literal_bytes};

use super::arithmetic;
use super::compare::{Comparison, collated, compare, nullable, pair, unify};
use super::scope::{Found, Scope, ScopeTable};
use super::shape::Shape;
use super::typed::{Affinity, Collation, Kind, Translated, Typed, Value, refuse};
use super::{cast, moment, pattern};

/// How deeply expressions and subqueries may nest; SQLite's parser allows more, our stack does not.
const DEPTH: usize = 250;

/// How many nodes are translated for one object, and how many bytes its SQL may have: some forms name an operand more than
/// once, so that nesting them multiplies.
const NODES: usize = 20_000;
const BYTES: usize = 200_000;

/// What may stand in an expression besides columns of its tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Allowed {
    /// Only what gives the same at any time: CHECKs, indexes, generated columns.
    Immutable,
    /// The time and chance too: defaults.
    Moving,
    /// Subqueries and aggregates too: views and triggers.
    Anything,
}

/// A translation under way.
#[derive(Debug)]
pub(super) struct Translator<'a> {
    /// All tables.
    pub shape: &'a Shape,
    /// What may stand in an expression.
    pub allowed: Allowed,
    /// Nested scopes, the innermost last.
    pub scopes: Vec<Scope>,
    /// Common table expressions in sight, the innermost last.
    pub ctes: Vec<ScopeTable>,
    /// Names that stand for expressions: aliases of the result that WHERE and others may use, for the innermost scope.
    pub aliases: Vec<(String, Expr)>,
    /// Columns of the innermost scope outside aggregates and grouped expressions: scope's depth, table, SQL.
    pub bare: Vec<(usize, usize, String)>,
    /// The SQL of what is grouped by.
    pub grouped: Vec<String>,
    /// Whether an aggregate was met, by depth of scope.
    pub aggregates: Vec<bool>,
    /// How many times COLLATE was met.
    collates: usize,
    /// How deeply the expression under way is nested.
    depth: usize,
    /// How many nodes were translated.
    nodes: usize,
}

impl<'a> Translator<'a> {
    /// With these tables in sight.
    pub fn new(shape: &'a Shape, allowed: Allowed, scope: Scope) -> Self {
        Self {
            shape,
            allowed,
            scopes: vec![scope],
            ctes: Vec::new(),
            aliases: Vec::new(),
            bare: Vec::new(),
            grouped: Vec::new(),
            aggregates: vec![false],
            collates: 0,
            depth: 0,
            nodes: 0,
        }
    }

    /// Runs a step deeper, or refuses where it is too deep.
    pub fn deeper<T>(&mut self, step: impl FnOnce(&mut Self) -> Translated<T>) -> Translated<T> {
        if self.depth >= DEPTH {
            return refuse("it is nested too deeply");
        }
        self.nodes += 1;
        if self.nodes > NODES {
            return refuse("it is too large");
        }
        self.depth += 1;
        let result = step(self);
        self.depth -= 1;
        result
    }

    /// An expression.
    pub fn expression(&mut self, expression: &Expr) -> Translated {
        let before = self.bare.len();
        let collates = self.collates;
        let mut typed = self.deeper(|this| this.node(expression))?;
        // SQLite looks for a COLLATE in all parts of an expression, and the first holds for the whole.
        let told = typed.collation.is_some_and(|(_, told)| told);
        typed.unclear |= self.collates > collates && !told;
        let moment = typed.moment.as_ref().map_or(0, String::len);
        if typed.sql.len().max(moment) > BYTES {
            return refuse("its translation is too long");
        }
        if self.grouped.contains(&typed.sql) {
            self.bare.truncate(before);
        }
        Ok(typed)
    }

    /// An expression as a condition.
    pub fn condition(&mut self, expression: &Expr) -> Translated<String> {
        self.expression(expression)?.truth()
    }

    /// Several expressions.
    pub fn expressions(&mut self, expressions: &[Box<Expr>]) -> Translated<Vec<Typed>> {
        expressions
            .iter()
            .map(|expression| self.expression(expression))
            .collect()
    }

    /// Refuses what moves where it may not.
    pub fn moving(&self, what: &str) -> Translated<()> {
        if self.allowed == Allowed::Immutable {
            return refuse(format!(
                "{what} does not always give the same, which PostgreSQL wants here"
            ));
        }
        Ok(())
    }

    fn node(&mut self, expression: &Expr) -> Translated {
        match expression {
            Expr::Literal(literal) => self.literal(literal),
            Expr::Id(name) | Expr::Name(name) => self.name(name),
            Expr::Qualified(table, column) | Expr::DoublyQualified(_, table, column) => {
                self.qualified(table.as_str(), column.as_str())
            }
            Expr::Parenthesized(parts) => match parts.as_slice() {
                [part] => self.expression(part),
                _ => refuse("values in rows, such as `(a, b)`, are not translated"),
            },
            Expr::Unary(operator, operand) => self.unary(*operator, operand),
            Expr::Binary(left, operator, right) => self.binary(left, *operator, right),
            Expr::Between { lhs, not, start, end } => {
                let low = if *not {
                    Comparison::Less
                } else {
                    Comparison::GreaterOrEqual
                };
                let high = if *not {
                    Comparison::Greater
                } else {
                    Comparison::LessOrEqual
                };
                let value = self.expression(lhs)?;
                let low = compare(low, &value, &self.expression(start)?)?;
                let high = compare(high, &value, &self.expression(end)?)?;
                let word = if *not { "OR" } else { "AND" };
                Ok(Typed::new(
                    Kind::Boolean,
                    format!("({} {word} {})", low.sql, high.sql),
                ))
            }
            Expr::IsNull(operand) => self.null(operand, "IS NULL"),
            Expr::NotNull(operand) => self.null(operand, "IS NOT NULL"),
            Expr::InList { lhs, not, rhs } => self.in_list(lhs, *not, rhs),
            Expr::Like {
                lhs,
                not,
                op,
                rhs,
                escape,
            } => pattern::like(self, lhs, *not, *op, rhs, escape.as_deref()),
            Expr::Case {
                base,
                when_then_pairs,
                else_expr,
            } => self.case(base.as_deref(), when_then_pairs, else_expr.as_deref()),
            Expr::Cast { expr, type_name } => {
                let operand = self.expression(expr)?;
                let name = type_name.as_ref().map_or("", |name| name.name.as_str());
                cast::cast(self.allowed, &operand, name)
            }
            Expr::Collate(operand, name) => {
                let collation = collation(name.as_str())?;
                let operand = self.expression(operand)?;
                self.collates += 1;
                Ok(Typed {
                    unclear: false,
                    collation: Some((collation, true)),
                    ..operand
                })
            }
            Expr::FunctionCall {
                name,
                distinctness,
                args,
                order_by,
                within_group,
                filter_over,
            } => {
                if !within_group.is_empty() {
                    return refuse("`WITHIN GROUP` is not translated");
                }
                let call = super::function::Call {
                    name: &name.as_str().to_ascii_lowercase(),
                    distinct: matches!(distinctness, Some(turso_parser::ast::Distinctness::Distinct)),
                    arguments: args,
                    order_by,
                    tail: filter_over,
                };
                super::function::call(self, &call)
            }
            Expr::FunctionCallStar { name, filter_over } => {
                super::aggregate::count_star(self, name.as_str(), filter_over)
            }
            Expr::Exists(select) => {
                let sql = self.subquery(select)?;
                Ok(Typed::new(Kind::Boolean, format!("EXISTS ({})", sql.0)))
            }
            Expr::Subquery(select) => super::select::scalar(self, select),
            Expr::InSelect { lhs, not, rhs } => super::select::in_select(self, lhs, *not, rhs),
            Expr::Raise(..) => refuse("`RAISE` stands where it is not translated"),
            Expr::Variable(_) => refuse("it has a parameter"),
            Expr::InTable { rhs, .. } => refuse(format!("`IN {}` is not translated", rhs.name.as_str())),
            _ => refuse("it has a kind of expression that SQLite does not know"),
        }
    }

    /// A subquery's SQL and columns, where subqueries may stand.
    pub fn subquery(
        &mut self,
        select: &turso_parser::ast::Select,
    ) -> Translated<(String, Vec<super::select::Output>)> {
        if self.allowed != Allowed::Anything {
            return refuse("a subquery may not stand here");
        }
        self.deeper(|this| super::select::select(this, select))
    }

    fn literal(&mut self, literal: &Literal) -> Translated {
        Ok(match literal {
            Literal::Null => Typed::constant(Value::Null),
            Literal::True | Literal::False => {
                let told = matches!(literal, Literal::True);
                Typed {
                    value: Some(Value::Integer(told.into())),
                    ..Typed::new(Kind::Boolean, if told { "TRUE" } else { "FALSE" })
                }
            }
            Literal::Numeric(text) => Typed::constant(number(text)?),
            Literal::String(text) => Typed::constant(Value::Text(unquoted(text))),
            Literal::Blob(text) => Typed::constant(Value::Blob(blob_literal_bytes(text).collect())),
            Literal::CurrentDate => moment::now(self, "%Y-%m-%d", "CURRENT_DATE")?,
            Literal::CurrentTime => moment::now(self, "%H:%M:%S", "CURRENT_TIME")?,
            Literal::CurrentTimestamp => moment::now(self, "%Y-%m-%d %H:%M:%S", "CURRENT_TIMESTAMP")?,
            Literal::Keyword(word) => return refuse(format!("`{word}` stands where a value should")),
        })
    }

    fn name(&mut self, name: &Name) -> Translated {
        let text = name.as_str();
        if let Some(typed) = self.column(None, text)? {
            return Ok(typed);
        }
        if let Some(place) = self
            .aliases
            .iter()
            .position(|(alias, _)| alias.eq_ignore_ascii_case(text))
        {
            // Aliases may not use one another, so they are out of sight meanwhile.
            let aliases = std::mem::take(&mut self.aliases);
            let result = self.expression(&aliases[place].1);
            self.aliases = aliases;
            return result;
        }
        if name.quoted_with('"') || name.quoted_with('\'') {
            return Ok(Typed::constant(Value::Text(text.to_owned())));
        }
        match text.to_ascii_lowercase().as_str() {
            "true" => self.literal(&Literal::True),
            "false" => self.literal(&Literal::False),
            _ => refuse(format!("there is no column `{text}`")),
        }
    }

    fn qualified(&mut self, table: &str, column: &str) -> Translated {
        match self.column(Some(table), column)? {
            Some(typed) => Ok(typed),
            None => refuse(format!("there is no column `{table}.{column}`")),
        }
    }

    /// A column in sight, the innermost scope first.
    fn column(&mut self, table: Option<&str>, name: &str) -> Translated<Option<Typed>> {
        for depth in (0..self.scopes.len()).rev() {
            if let Some(Found { mut typed, table }) = self.scopes[depth].find(table, name)? {
                typed.fixed = self.allowed == Allowed::Immutable;
                self.bare.push((depth, table, typed.sql.clone()));
                return Ok(Some(typed));
            }
        }
        Ok(None)
    }

    fn null(&mut self, operand: &Expr, test: &str) -> Translated {
        let operand = self.expression(operand)?;
        Ok(Typed::new(
            Kind::Boolean,
            format!("({} {test})", nullable(&operand)),
        ))
    }

    fn unary(&mut self, operator: UnaryOperator, operand: &Expr) -> Translated {
        let operand = self.expression(operand)?;
        match operator {
            UnaryOperator::Positive => Ok(Typed {
                affinity: Affinity::None,
                ..operand
            }),
            UnaryOperator::Not => Ok(Typed::new(Kind::Boolean, format!("(NOT {})", operand.truth()?))),
            UnaryOperator::Negative => arithmetic::negative(&operand),
            UnaryOperator::BitwiseNot => arithmetic::bitwise_not(&operand),
        }
    }

    fn binary(&mut self, left: &Expr, operator: Operator, right: &Expr) -> Translated {
        if let Operator::And | Operator::Or = operator {
            let word = if operator == Operator::And { "AND" } else { "OR" };
            let (left, right) = (self.condition(left)?, self.condition(right)?);
            return Ok(Typed::new(Kind::Boolean, format!("({left} {word} {right})")));
        }
        let is = matches!(operator, Operator::Is | Operator::IsNot);
        if let (true, Some(told)) = (is, truth_word(right)) {
            let not = if operator == Operator::Is { "" } else { "NOT " };
            let operand = self.condition(left)?;
            return Ok(Typed::new(Kind::Boolean, format!("({operand} IS {not}{told})")));
        }
        let (left, right) = (self.expression(left)?, self.expression(right)?);
        let comparison = match operator {
            Operator::Equals => Comparison::Equal,
            Operator::NotEquals => Comparison::NotEqual,
            Operator::Less => Comparison::Less,
            Operator::LessEquals => Comparison::LessOrEqual,
            Operator::Greater => Comparison::Greater,
            Operator::GreaterEquals => Comparison::GreaterOrEqual,
            Operator::Is => Comparison::Is,
            Operator::IsNot => Comparison::IsNot,
            Operator::ArrowRight | Operator::ArrowRightShift => {
                return super::json::arrow(&left, &right, operator == Operator::ArrowRightShift);
            }
            _ => return arithmetic::binary(&left, operator, &right),
        };
        compare(comparison, &left, &right)
    }

    fn in_list(&mut self, left: &Expr, not: bool, list: &[Box<Expr>]) -> Translated {
        let left = self.expression(left)?;
        let mut pairs = Vec::with_capacity(list.len());
        let mut others = false;
        for item in list {
            let mut item = self.expression(item)?;
            // The items of a list have no affinity of their own.
            item.affinity = Affinity::None;
            if let (Kind::Boolean, None, Some(told)) = (
                left.kind,
                &left.value,
                item.value
                    .as_ref()
                    .and_then(|value| super::compare::told(&left, value)),
            ) {
                pairs.push((left.sql.clone(), if told { "TRUE" } else { "FALSE" }.to_owned()));
            } else if item.kind == Kind::Null || left.kind == Kind::Null {
                pairs.push((left.sql.clone(), "NULL".to_owned()));
            } else {
                item.collation = None;
                if super::compare::classes(Comparison::Equal, &left, &item).is_some() {
                    // It is equal to no number; NULL among numbers it would not be.
                    others = true;
                    continue;
                }
                pairs.push(pair(&left, &item, false)?);
            }
        }
        let sql = match pairs.first() {
            None if others => format!(
                "(CASE WHEN {} IS NOT NULL THEN {} END)",
                left.sql,
                if not { "TRUE" } else { "FALSE" }
            ),
            None if not => "TRUE".to_owned(),
            None => "FALSE".to_owned(),
            Some((first, _)) if pairs.iter().all(|(left, _)| left == first) => {
                let items: Vec<_> = pairs.iter().map(|(_, item)| item.as_str()).collect();
                let not = if not { "NOT " } else { "" };
                format!("({first} {not}IN ({}))", items.join(", "))
            }
            Some(_) => {
                let items: Vec<_> = pairs
                    .iter()
                    .map(|(left, item)| format!("{left} = {item}"))
                    .collect();
                let not = if not { "NOT " } else { "" };
                format!("({not}({}))", items.join(" OR "))
            }
        };
        Ok(Typed::new(Kind::Boolean, sql))
    }

    fn case(
        &mut self,
        base: Option<&Expr>,
        pairs: &[(Box<Expr>, Box<Expr>)],
        other: Option<&Expr>,
    ) -> Translated {
        let base = base.map(|base| self.expression(base)).transpose()?;
        let mut conditions = Vec::with_capacity(pairs.len());
        let mut results = Vec::with_capacity(pairs.len() + 1);
        for (when, then) in pairs {
            conditions.push(match &base {
                Some(base) => compare(Comparison::Equal, base, &self.expression(when)?)?.sql,
                None => self.condition(when)?,
            });
            results.push(self.expression(then)?);
        }
        if let Some(other) = other {
            results.push(self.expression(other)?);
        }
        let (any, results) = unify(self.shape, &results)?;
        let mut sql = "CASE".to_owned();
        for (condition, result) in conditions.iter().zip(&results) {
            sql = format!("{sql} WHEN {condition} THEN {result}");
        }
        if other.is_some() {
            sql = format!("{sql} ELSE {}", results[results.len() - 1]);
        }
        Ok(Typed {
            sql: format!("({sql} END)"),
            ..any
        })
    }
}

/// A collation by its name.
fn collation(name: &str) -> Translated<Collation> {
    match name.to_ascii_uppercase().as_str() {
        "BINARY" => Ok(Collation::Binary),
        "NOCASE" => Ok(Collation::NoCase),
        "RTRIM" => Ok(Collation::RTrim),
        _ => refuse(format!("the collation `{name}` has no counterpart")),
    }
}

/// `TRUE` or `FALSE` where a node is that word.
fn truth_word(expression: &Expr) -> Option<&'static str> {
    match expression {
        Expr::Literal(Literal::True) => Some("TRUE"),
        Expr::Literal(Literal::False) => Some("FALSE"),
        Expr::Id(name) if !name.quoted() && name.as_str().eq_ignore_ascii_case("true") => Some("TRUE"),
        Expr::Id(name) if !name.quoted() && name.as_str().eq_ignore_ascii_case("false") => Some("FALSE"),
        _ => None,
    }
}

/// A number as SQLite reads it.
fn number(text: &str) -> Translated<Value> {
    let text = text.replace('_', "");
    let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    if let Some(digits) = hexadecimal {
        return match u64::from_str_radix(digits, 16) {
            Ok(number) => Ok(Value::Integer(number.cast_signed())),
            Err(_) => refuse(format!("the number `{text}` is too large")),
        };
    }
    if let Ok(number) = text.parse() {
        return Ok(Value::Integer(number));
    }
    match text.parse::<f64>() {
        Ok(number) => Ok(Value::Real(number)),
        Err(_) => refuse(format!("`{text}` is no number")),
    }
}

/// The text of a literal in single quotes.
fn unquoted(text: &str) -> String {
    let inner = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    inner.unwrap_or(text).replace("''", "'")
}

/// A text as SQLite orders it in ORDER BY and in indexes.
pub(super) fn ordered(typed: &Typed) -> String {
    match typed.kind {
        Kind::Text => collated(&typed.sql, typed.compared(), true),
        _ => typed.sql.clone(),
    }
}
